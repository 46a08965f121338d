"""The command line interface."""

import os
from typing import TYPE_CHECKING

from redeemd.cli.commands import app

if TYPE_CHECKING:
    from redeemd.app.environment import Environment

_OWNER_ONLY = 0o077


def main(environment: "Environment | None" = None) -> None:
    """Run the command line interface; `serve` uses `environment`.

    Only the owner can read files that it creates: databases, keys, codes.
    """
    os.umask(_OWNER_ONLY)
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # otherwise gRPC itself prints lines about failed handshakes
    app(obj=environment)
