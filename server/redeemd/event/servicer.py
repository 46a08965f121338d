"""The Event service; methods in the order of the proto."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from redeem.event.v1 import requests_pb2 as pb
from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2

from redeemd.auth.authorize import require_namespace
from redeemd.event.cursors import BEFORE_ALL, Cursors, EventPosition, after, position_of
from redeemd.event.errors import CursorExpired, EventsNotKept
from redeemd.event.feed import Feed
from redeemd.event.queries import QUERIES
from redeemd.rpc.call import Call
from redeemd.rpc.marks import prepared
from redeemd.rpc.streams import Page
from redeemd.store.base import Row, Tx

ROWS_MAX = 500  # read for one response
HEARTBEAT_SECONDS = 10.0
_ON_REQUEST = frozenset({options_pb2.EVENT_KIND_ADMINISTERED})  # only for requests that name the kind

# Returns the code at a position, in the form that a caller with this access may see.
ShowCode = Callable[[Tx, str, options_pb2.CodeAccess], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Watch:
    """The state of a watcher. Times are on the monotonic clock, in seconds."""

    cursors: Cursors
    position: EventPosition | None  # None: after the newest event
    seen: int = 0  # of the feed's news
    due: bool = True  # a response is due, even an empty one
    beat_at: float = 0.0  # when the next heartbeat is due


class EventServicer:
    """See EventService in the proto."""

    def __init__(self, feed: Feed, key: bytes, show_code: ShowCode, *, kept: bool) -> None:
        """`key` signs cursors; `kept` says whether events are stored at all."""
        self._feed = feed
        self._key = key
        self._show_code = show_code
        self._kept = kept

    async def _begin(self, call: Call[pb.WatchEventsRequest]) -> Watch:
        """Admit a watcher. Raises the errors listed in the proto."""
        request = call.request
        for name in request.namespace_names or [None]:
            require_namespace(call.caller, name)
        if not self._kept:
            raise EventsNotKept
        query = pb.WatchEventsRequest(
            services=sorted(request.services),
            namespace_names=sorted(request.namespace_names),
            kinds=sorted(request.kinds),
        )
        cursors = Cursors(self._key, query.SerializeToString(deterministic=True))
        position = BEFORE_ALL if request.start == pb.START_OLDEST else None
        if request.cursor:
            position = cursors.read(request.cursor)
        self._feed.enter()
        call.when_over(self._feed.leave)
        return Watch(cursors, position, seen=self._feed.news)

    @prepared(_begin)
    async def WatchEvents(self, call: Call[pb.WatchEventsRequest], watch: Watch) -> Page:
        if watch.position is None:
            newest = await call.tx.one(QUERIES.event_newest)
            rows: Sequence[Row] = ()
            position = BEFORE_ALL if newest is None else position_of(newest)
        else:
            rows = await self._rows(call.tx, watch.position, watch.cursors)
            position = position_of(rows[-1]) if rows else watch.position
        items = [item for row in rows if (item := await self._wanted(call, row, watch.cursors)) is not None]
        following = replace(watch, position=position, due=False)
        replied = bool(items) or watch.due
        reply = call.reply(items=items, next_cursor=watch.cursors.text(position)) if replied else None
        if len(rows) >= ROWS_MAX:
            return Page(reply, following)
        return Page(reply, following, until=lambda: self._wait_for_news(following, replied=replied))

    async def _rows(self, tx: Tx, position: EventPosition, cursors: Cursors) -> Sequence[Row]:
        """Return the rows after a position. Raises CursorExpired."""
        rows = await tx.all(QUERIES.event_page, xid=position.xid, event_id=position.event_id, limit=ROWS_MAX + 1)
        found = after(position, rows)
        if found is None:
            raise CursorExpired(oldest_cursor=cursors.text(BEFORE_ALL))
        return found

    async def _wait_for_news(self, watch: Watch, *, replied: bool) -> Watch:
        """Wait until there is something to read or a heartbeat is due."""
        first = not watch.beat_at
        beat_at = time.monotonic() + HEARTBEAT_SECONDS if replied or first else watch.beat_at
        await self._feed.wait(watch.seen, seconds=max(0.0, beat_at - time.monotonic()))
        return replace(watch, seen=self._feed.news, due=time.monotonic() >= beat_at, beat_at=beat_at)

    async def _wanted(self, call: Call[pb.WatchEventsRequest], row: Row, cursors: Cursors) -> Event | None:
        """Return the event of a row, or None if the request does not select it."""
        request, kind = call.request, row["kind"]
        if not kind or not (kind in request.kinds or (not request.kinds and kind not in _ON_REQUEST)):
            return None
        event = Event.FromString(row["body"])
        if request.services and event.service not in request.services:
            return None
        if request.namespace_names and event.namespace_name not in request.namespace_names:
            return None
        event.cursor = cursors.text(position_of(row))
        event.kind = kind
        event.at = row["told_at"]
        _add_found(event, row)
        if row["place"] is not None:
            code = await self._show_code(call.tx, row["place"], call.caller.code_access)
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
