"""One webhook in the database: its position in the event stream, its lease, and its dead letters.

The position moves in the transaction that records an acknowledgement, or that keeps an event as a dead letter: an event
is never passed in any other way, so it is sent at least once. One server at a time holds the lease and sends.
"""

from collections.abc import Sequence
from typing import NamedTuple

from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2

from redeemd.config.webhooks import KINDS, WebhookSettings
from redeemd.event.cursors import BEFORE_ALL, Cursors, EventPosition, position_of
from redeemd.event.queries import QUERIES as EVENT_QUERIES
from redeemd.event.reading import ROWS_MAX, Selection, ShowCode, complete, rows_after
from redeemd.store.base import Row, Tx
from redeemd.store.sql import Query
from redeemd.webhooks import cloud_events
from redeemd.webhooks.cloud_events import Message
from redeemd.webhooks.queries import QUERIES
from redeemd.webhooks.sender import Outcome

ACTIVE, GONE = 1, 2
DEAD_LETTERS_MAX = 10_000  # of a webhook; then its events wait instead
CHARACTERS_MAX = 200_000  # of the events of one request, unless a single one is longer

_CODES = {
    "none": options_pb2.CODE_ACCESS_UNSPECIFIED,
    "masked": options_pb2.CODE_ACCESS_MASKED,
    "full": options_pb2.CODE_ACCESS_FULL,
}


class Passed(NamedTuple):
    """A position up to which no event is selected, and the epoch of the webhook when that was found."""

    epoch: int
    position: EventPosition


class Found(NamedTuple):
    """The next work for a webhook."""

    row: Row
    ready: bool = False  # there is something to send now
    due: int | None = None  # nothing is sent before this time, Unix milliseconds
    passed: Passed | None = None
    more: bool = False  # events after `passed` are not looked at yet
    lost: bool = False  # events after the position may have been deleted


class Held(NamedTuple):
    """A message that the holder of the lease sends: events up to `end`, or one dead letter."""

    row: Row  # of the webhook
    message: Message
    events: Sequence[Row] = ()
    end: EventPosition = BEFORE_ALL
    letter: Row | None = None


class Recorded(NamedTuple):
    """The effect of an outcome, for metrics, and the next request of the holder of the lease."""

    outcome: str
    following: Held | None = None


class Subscription:
    """A webhook of the configuration."""

    def __init__(
        self, name: str, settings: WebhookSettings, *, cursors: Cursors, show_code: ShowCode, source: str
    ) -> None:
        """`cursors` are those of this webhook, `source` is that of its CloudEvents."""
        self.name = name
        self.settings = settings
        self.selection = Selection.of(
            settings.services, settings.namespace_names, [KINDS[kind] for kind in settings.kinds]
        )
        self._cursors = cursors
        self._show_code = show_code
        self._source = source

    async def add(self, tx: Tx) -> None:
        """Begin with the events that the settings say, unless the webhook is known."""
        newest = await tx.one(EVENT_QUERIES.event_newest) if self.settings.start == "now" else None
        position = BEFORE_ALL if newest is None else position_of(newest)
        await tx.run(QUERIES.webhook_add, name=self.name, **position._asdict())

    async def look(self, tx: Tx, passed: Passed | None, *, now: int) -> Found | None:
        """Return what there is to do; None if the webhook is not known."""
        row = await tx.one(QUERIES.webhook_get, name=self.name)
        if row is None:
            return None
        due = max(row["leased_until"], row["due_at"])
        if row["state"] != ACTIVE or due > now:
            return Found(row, due=due if row["state"] == ACTIVE else None)
        if await tx.one(QUERIES.dead_letter_next, name=self.name) is not None:
            return Found(row, ready=True)
        start = _start(row, passed)
        rows = await rows_after(tx, start)
        if rows is None:
            return Found(row, lost=start == of_row(row), more=True)
        if any(self.selection.find(each) is not None for each in rows):
            return Found(row, ready=True, passed=passed)
        end = position_of(rows[-1]) if rows else start
        return Found(row, passed=Passed(row["epoch"], end), more=len(rows) >= ROWS_MAX)

    async def take(self, tx: Tx, passed: Passed | None, *, now: int, until: int, letters_first: bool) -> Held | None:
        """Take the lease until a time, and return what to send; None if there is nothing, or another server has it."""
        row = await tx.one(QUERIES.webhook_take, name=self.name, now=now, until=until)
        return None if row is None else await self._next(tx, row, _start(row, passed), letters_first=letters_first)

    async def record(self, tx: Tx, held: Held, outcome: Outcome, *, now: int, until: int, due: int) -> Recorded:
        """Record the outcome of what was sent; renew the lease until a time, or release it if nothing is left to send.

        `due` is the time of the next attempt after a failed one.
        """
        which = {"name": self.name, "lease": held.row["lease"]}
        if outcome.gone:
            await self._let_go(tx, QUERIES.webhook_switch_off, held, error=outcome.error)
            return Recorded("gone")
        if held.letter is not None:
            return await self._record_letter(tx, held, held.letter, outcome, until=until)
        dead = not outcome.done and await self._gives_up(tx, held)
        if not outcome.done and not dead:
            await self._let_go(tx, QUERIES.webhook_postpone, held, due=due, error=outcome.error)
            return Recorded("failed")
        delivered = None if dead else now
        changes = {**held.end._asdict(), "error": outcome.error, "delivered_at": delivered, "until": until}
        row = await tx.one(QUERIES.webhook_advance, **which, epoch=held.row["epoch"], **changes)
        if row is None:  # another server has the lease, or an operator has set another position
            await tx.run(QUERIES.webhook_release, **which)
            return Recorded("delivered" if outcome.done else "failed")
        if dead:
            await self._bury(tx, held, outcome, now=now)
        return Recorded("dead" if dead else "delivered", await self._next(tx, row, held.end, letters_first=True))

    async def _let_go(self, tx: Tx, query: Query, held: Held, **values: object) -> None:
        """Run a statement that releases the lease; if an operator has set another position, only release the lease."""
        which = {"name": self.name, "lease": held.row["lease"]}
        if not await tx.run(query, **which, epoch=held.row["epoch"], **values):
            await tx.run(QUERIES.webhook_release, **which)

    async def _record_letter(self, tx: Tx, held: Held, letter: Row, outcome: Outcome, *, until: int) -> Recorded:
        sequence = letter["sequence"]
        if outcome.done:
            await tx.run(QUERIES.dead_letter_delete, sequence=sequence)
        else:
            await tx.run(QUERIES.dead_letter_failed, sequence=sequence, error=outcome.error)
        row = await tx.one(QUERIES.webhook_renew, name=self.name, lease=held.row["lease"], until=until)
        result = "delivered" if outcome.done else "failed"
        if row is None:
            return Recorded(result)
        return Recorded(result, await self._next(tx, row, of_row(row), letters_first=False))

    async def _gives_up(self, tx: Tx, held: Held) -> bool:
        """Return whether an event becomes a dead letter, now that one more attempt failed."""
        if len(held.events) != 1 or held.row["attempts"] + 1 < self.settings.attempts_max:
            return False
        return await dead_letters(tx, self.name) < DEAD_LETTERS_MAX

    async def _bury(self, tx: Tx, held: Held, outcome: Outcome, *, now: int) -> None:
        [event] = held.events
        copied = ("xid", "event_id", "kind", "told_at", "body", "place", "found_name", "found_count", "found_revision")
        await tx.run(
            QUERIES.dead_letter_put,
            name=self.name,
            dead_letter_id=cloud_events.id_of(position_of(event)),
            **{column: event[column] for column in copied},
            attempts=held.row["attempts"] + 1,
            error=outcome.error,
            now=now,
        )

    async def _next(self, tx: Tx, row: Row, start: EventPosition, *, letters_first: bool) -> Held | None:
        """Return what the holder of the lease sends next. If there is nothing, release the lease and return None.

        Dead letters and events take turns, so that neither keeps the other from being sent.
        """
        held = await self._letter(tx, row) if letters_first else await self._events(tx, row, start)
        if held is None:
            held = await self._events(tx, row, start) if letters_first else await self._letter(tx, row)
        if held is None:
            await tx.run(QUERIES.webhook_release, name=self.name, lease=row["lease"])
        return held

    async def _letter(self, tx: Tx, row: Row) -> Held | None:
        letter = await tx.one(QUERIES.dead_letter_next, name=self.name)
        if letter is None:
            return None
        text = await self._text(tx, Event.FromString(letter["body"]), letter)
        message = self._message([(letter["dead_letter_id"], text)])
        return Held(row, message, letter=letter)

    async def _events(self, tx: Tx, row: Row, start: EventPosition) -> Held | None:
        """Return the next events. After a failed attempt, send one alone: it may be what made the attempt fail."""
        limit = 1 if row["attempts"] else self.settings.events_max
        found: list[tuple[str, str]] = []
        events: list[Row] = []
        end, room = start, CHARACTERS_MAX
        for each in await rows_after(tx, start) or ():
            event = self.selection.find(each)
            if event is not None:
                text = await self._text(tx, event, each) if len(found) < limit else ""
                room -= len(text)
                if found and (not text or room < 0):
                    break
                found.append((cloud_events.id_of(position_of(each)), text))
                events.append(each)
            end = position_of(each)
        return Held(row, self._message(found), events, end) if found else None

    async def _text(self, tx: Tx, event: Event, row: Row) -> str:
        """Return an event as a CloudEvent."""
        access = _CODES[self.settings.codes]
        await complete(tx, event, row, cursors=self._cursors, show_code=self._show_code, access=access)
        return cloud_events.to_text(event, cloud_events.id_of(position_of(row)), self._source)

    def _message(self, events: Sequence[tuple[str, str]]) -> Message:
        return cloud_events.message(events, batch=self.settings.events_max > 1)


def of_row(row: Row) -> EventPosition:
    """Return the position of a webhook."""
    return EventPosition(row["xid"], row["event_id"], row["row_hash"])


def _start(row: Row, passed: Passed | None) -> EventPosition:
    """Return the position from which events are to be looked at: that of the webhook, or what is passed already."""
    position = of_row(row)
    return max(position, passed.position) if passed is not None and passed.epoch == row["epoch"] else position


async def dead_letters(tx: Tx, name: str) -> int:
    """Return the number of dead letters of a webhook, at most DEAD_LETTERS_MAX."""
    row = await tx.one(QUERIES.dead_letter_count, name=name, limit=DEAD_LETTERS_MAX)
    assert row is not None, "a count is a row"
    count: int = row["count"]
    return count
