"""Finds the position of a time in the event stream."""

from redeemd.event.cursors import BEFORE_ALL, EventPosition, position_of
from redeemd.event.queries import QUERIES
from redeemd.store.base import Row, Tx

# Events are ordered by position, and their times are those of several clocks and of transactions that take a while.
MARGIN_MS = 60_000


async def position_at(tx: Tx, at: int) -> EventPosition:
    """Return a position before all events from a time on, Unix milliseconds.

    The search halves the numbers of transactions, on SQLite those of events: about 60 statements at most.
    """
    newest = await tx.one(QUERIES.event_newest)
    first = await _first_from(tx, 0, 0)
    if newest is None or first is None:
        return BEFORE_ALL
    by_xid = bool(newest["xid"])
    column = "xid" if by_xid else "event_id"
    low, high, found = first[column], newest[column] + 1, BEFORE_ALL
    while low < high:  # the numbers below `low` are of events before the time
        middle = (low + high) // 2
        row = await _first_from(tx, *((middle, 0) if by_xid else (0, middle)))
        if row is None or row["told_at"] >= at - MARGIN_MS:
            high = middle
        else:
            low, found = row[column] + 1, position_of(row)
    return found


async def _first_from(tx: Tx, xid: int, event_id: int) -> Row | None:
    rows = await tx.all(QUERIES.event_page, xid=xid, event_id=event_id, limit=1)
    return rows[0] if rows else None
