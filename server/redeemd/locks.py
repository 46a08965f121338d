"""The names that transactions lock, see redeemd.store.base.Tx.lock.

Each stands for a rule that takes more than one statement. A transaction locks all that it needs together, in the order
of the names; one that turns out to need another runs again from its beginning, with that as well. So no two
transactions wait for each other's names.
"""

MASTER_KEYS = "master keys"  # all replicas were given the same
API_KEYS = "api keys"  # one admin key is left
EVENTS = "events"  # restored ones are renumbered once


def row(table: str, *key: object) -> str:
    """What is read, changed and written back."""
    return "/".join([table, *map(str, key)])


def namespace(namespace_id: int) -> str:
    """Master data changes as a whole; numbers of campaigns and imports follow each other; one import at a time."""
    return f"namespace/{namespace_id}"


def player(user_id: str) -> str:
    """What one action of a transaction found out of a player holds until its end.

    Counters are changed under it too, in limit/queries.sql.
    """
    return f"player/{user_id}"
