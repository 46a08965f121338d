"""The Event service; methods in the order of the proto."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from google.protobuf.message import Message
from redeem.event.v1 import requests_pb2 as pb
from redeem.event.v1.resources_pb2 import Event

from redeemd.auth.authorize import require_namespace
from redeemd.event.cursors import BEFORE_ALL, Cursors, EventPosition, position_of
from redeemd.event.errors import CursorExpired, EventsNotKept
from redeemd.event.feed import Feed
from redeemd.event.ports import Webhooks
from redeemd.event.queries import QUERIES
from redeemd.event.reading import ROWS_MAX, Selection, ShowCode, complete, rows_after
from redeemd.resources.paging import Pager, limit_of
from redeemd.rpc.call import Call
from redeemd.rpc.marks import prepared
from redeemd.rpc.streams import Page
from redeemd.store.base import Row, Tx

HEARTBEAT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Watch:
    """The state of a watcher. Times are on the monotonic clock, in seconds."""

    cursors: Cursors
    selection: Selection
    position: EventPosition | None  # None: after the newest event
    seen: int = 0  # of the feed's news
    due: bool = True  # a response is due, even an empty one
    beat_at: float = 0.0  # when the next heartbeat is due


class EventServicer:
    """See EventService in the proto."""

    def __init__(
        self, feed: Feed, key: bytes, show_code: ShowCode, *, kept: bool, webhooks: Webhooks, pager: Pager
    ) -> None:
        """`key` signs cursors; `kept` says whether events are stored at all."""
        self._feed = feed
        self._key = key
        self._show_code = show_code
        self._kept = kept
        self._webhooks = webhooks
        self._pager = pager

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
        selection = Selection.of(request.services, request.namespace_names, request.kinds)
        return Watch(cursors, selection, position, seen=self._feed.news)

    @prepared(_begin)
    async def WatchEvents(self, call: Call[pb.WatchEventsRequest], watch: Watch) -> Page:
        if watch.position is None:
            newest = await call.tx.one(QUERIES.event_newest)
            rows: Sequence[Row] = ()
            position = BEFORE_ALL if newest is None else position_of(newest)
        else:
            rows = await self._rows(call.tx, watch.position, watch.cursors)
            position = position_of(rows[-1]) if rows else watch.position
        found = [(event, row) for row in rows if (event := watch.selection.find(row)) is not None]
        items = [await self._complete(call, event, row, watch) for event, row in found]
        following = replace(watch, position=position, due=False)
        replied = bool(items) or watch.due
        reply = call.reply(items=items, next_cursor=watch.cursors.text(position)) if replied else None
        if len(rows) >= ROWS_MAX:
            return Page(reply, following)
        return Page(reply, following, until=lambda: self._wait_for_news(following, replied=replied))

    async def _rows(self, tx: Tx, position: EventPosition, cursors: Cursors) -> Sequence[Row]:
        """Return the rows after a position. Raises CursorExpired."""
        found = await rows_after(tx, position)
        if found is None:
            raise CursorExpired(oldest_cursor=cursors.text(BEFORE_ALL))
        return found

    async def _complete(self, call: Call[pb.WatchEventsRequest], event: Event, row: Row, watch: Watch) -> Event:
        access = call.caller.code_access
        return await complete(call.tx, event, row, cursors=watch.cursors, show_code=self._show_code, access=access)

    async def _wait_for_news(self, watch: Watch, *, replied: bool) -> Watch:
        """Wait until there is something to read or a heartbeat is due."""
        first = not watch.beat_at
        beat_at = time.monotonic() + HEARTBEAT_SECONDS if replied or first else watch.beat_at
        await self._feed.wait(watch.seen, seconds=max(0.0, beat_at - time.monotonic()))
        return replace(watch, seen=self._feed.news, due=time.monotonic() >= beat_at, beat_at=beat_at)

    async def DescribeWebhooks(self, call: Call[pb.DescribeWebhooksRequest]) -> Message:
        limit = limit_of(call)
        found = await self._webhooks.page(call.tx, after=self._pager.cursor(call) or "", limit=limit + 1)
        return self._pager.reply(call, found, limit, lambda webhook: webhook.name, lambda webhook: webhook)

    async def DescribeDeadLetters(self, call: Call[pb.DescribeDeadLettersRequest]) -> Message:
        limit = limit_of(call)
        found = await self._webhooks.dead_letters(
            call.tx,
            call.request.webhook_name,
            access=call.caller.code_access,
            after=int(self._pager.cursor(call) or 0),
            limit=limit + 1,
        )
        return self._pager.reply(call, found, limit, lambda letter: str(letter[0]), lambda letter: letter[1])

    async def RetryWebhook(self, call: Call[pb.RetryWebhookRequest]) -> Message:
        request = call.request
        item, retried = await self._webhooks.retry(
            call.tx, request.webhook_name, request.dead_letter_ids, now=call.server_now
        )
        call.after_commit(self._webhooks.wake)
        return call.reply(item=item, dead_letters=retried)

    async def ReplayWebhook(self, call: Call[pb.ReplayWebhookRequest]) -> Message:
        request = call.request
        item = await self._webhooks.replay(
            call.tx,
            request.webhook_name,
            cursor=request.cursor or None,
            at=request.at if request.HasField("at") else None,
            now=call.server_now,
        )
        call.after_commit(self._webhooks.wake)
        return call.reply(item=item)
