"""The limits of a transaction."""

from redeemd.transaction.errors import TransactionTooLarge

ACTIONS_MAX = 1000  # of a transaction, including the transactions it issues

# UTF-8 bytes of all requests and results of a transaction, including the transactions it issues. A reply contains the
# requests twice, once with all quotes escaped, and clients accept 4 MiB by default.
TEXT_BYTES_MAX = 1_000_000

# Values in all JSON texts of a call that composes actions, including the requests of nested actions, and in all
# requests of a rate. They are parsed on the event loop.
VALUES_MAX = 30_000

DEPTH_MAX = 4  # of nested transactions and expressions


def too_large(limit: str, most: int) -> TransactionTooLarge:
    """Return the refusal of a transaction that exceeds a limit."""
    return TransactionTooLarge(limit=limit, max=str(most))
