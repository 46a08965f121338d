"""Reads stored events: those after a position, chosen by what a watcher asked for, with their codes."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2

from redeemd.event.cursors import Cursors, EventPosition, after, position_of
from redeemd.event.queries import QUERIES
from redeemd.store.base import Row, Tx
from redeemd.store.sql import Query

ROWS_MAX = 500  # read at once
_ON_REQUEST = frozenset({options_pb2.EVENT_KIND_ADMINISTERED})  # only for those that name the kind

# Returns the code at a position, in the form that a reader with this access may see.
ShowCode = Callable[[Tx, str, options_pb2.CodeAccess], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Selection:
    """The events that a watcher asked for; an empty set asks for all, but not for kinds that have to be named."""

    services: frozenset[str]
    namespace_names: frozenset[str]
    kinds: frozenset[int]

    @classmethod
    def of(cls, services: Iterable[str], namespace_names: Iterable[str], kinds: Iterable[int]) -> "Selection":
        """Return the selection of these."""
        return cls(frozenset(services), frozenset(namespace_names), frozenset(kinds))

    def find(self, row: Row) -> Event | None:
        """Return the event of a row as it is stored, or None if the row is not selected or holds no event."""
        kind = row["kind"]
        if not kind or not (kind in self.kinds or (not self.kinds and kind not in _ON_REQUEST)):
            return None
        event = Event.FromString(row["body"])
        if self.services and event.service not in self.services:
            return None
        if self.namespace_names and event.namespace_name not in self.namespace_names:
            return None
        return event


async def rows_after(tx: Tx, position: EventPosition) -> Sequence[Row] | None:
    """Return the next rows after a position, at most ROWS_MAX; None if rows after it may have been deleted."""
    return await _after(tx, QUERIES.event_page, position)


async def committed_after(tx: Tx, position: EventPosition) -> Sequence[Row] | None:
    """Return the next rows after a position as `rows_after` does, with those that no reader is shown yet."""
    return await _after(tx, QUERIES.event_committed, position)


async def _after(tx: Tx, query: Query, position: EventPosition) -> Sequence[Row] | None:
    rows = await tx.all(query, xid=position.xid, event_id=position.event_id, limit=ROWS_MAX + 1)
    return after(position, rows)


async def complete(
    tx: Tx, event: Event, row: Row, *, cursors: Cursors, show_code: ShowCode, access: options_pb2.CodeAccess
) -> Event:
    """Add to a stored event what its row has in columns, its cursor, and its code as a reader may see it."""
    event.cursor = cursors.text(position_of(row))
    event.kind = row["kind"]
    event.at = row["told_at"]
    _add_found(event, row)
    if row["place"] is not None:
        code = await show_code(tx, row["place"], access)
        if code is not None:
            _details_of(event).code = code
    return event


def _details_of(event: Event) -> Any:  # Any: one of the messages of `about`, which have some fields in common
    return getattr(event, event.WhichOneof("about") or "")


def _add_found(event: Event, row: Row) -> None:
    """Add the values that the statement that caused the event returned."""
    if row["found_name"] is not None:
        _details_of(event).campaign_model_name = row["found_name"]
    if row["found_count"] is not None:
        _details_of(event).count = row["found_count"]
    if row["found_revision"] is not None:
        _details_of(event).revision = row["found_revision"]
