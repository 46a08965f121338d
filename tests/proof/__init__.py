"""The proof that nothing is redeemed twice: clients, faults, histories, a checker. See docs/explanation/proof.md."""

import os

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # no process goes on with the connections of another
