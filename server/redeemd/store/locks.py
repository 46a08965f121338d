"""The names that transactions lock; see redeemd.store.base.Tx.lock.

Each protects a rule that needs more than one statement. A transaction locks all names that it needs together, in the
order of the names; if it turns out to need another one, it runs again from the start with that one as well. Thus
transactions cannot deadlock.
"""

MASTER_KEYS = "master keys"  # all replicas have the same keys
API_KEYS = "api keys"  # at least one admin key remains
EVENTS = "events"  # restored events are renumbered only once


def row(table: str, *key: object) -> str:
    """Return the lock of a row that is read, changed and written back."""
    return "/".join([table, *map(str, key)])


def namespace(namespace_id: int) -> str:
    """Return the lock of a namespace.

    Master data changes as a whole; numbers of campaigns are consecutive; one import runs at a time.
    """
    return f"namespace/{namespace_id}"


def player(user_id: str) -> str:
    """Return the lock of a player: what an action of a transaction has read about the player holds until its end.

    Counters are changed under it as well, in limit/queries.sql.
    """
    return f"player/{user_id}"
