"""The operations on webhooks that operators have. See redeemd.event.ports.Webhooks."""

from collections.abc import Callable, Sequence

from redeem.event.v1.resources_pb2 import DeadLetter, Event, Webhook
from redeem.options.v1 import options_pb2

from redeemd.event.cursors import BEFORE_ALL, Cursors, EventPosition
from redeemd.event.errors import CursorExpired, WebhookNotFound
from redeemd.event.reading import ROWS_MAX, Selection, ShowCode, committed_after, complete, rows_after
from redeemd.event.times import position_at
from redeemd.store.base import Row, Tx
from redeemd.webhooks.queries import QUERIES
from redeemd.webhooks.subscription import GONE, dead_letters, of_row

_ALL = Selection.of((), (), options_pb2.EventKind.values())


def cursors_of(key: bytes, name: str) -> Cursors:
    """Return the cursors of a webhook."""
    return Cursors(key, b"webhook", name.encode())


class Operating:
    """The webhooks of all servers."""

    def __init__(
        self,
        key: bytes,
        show_code: ShowCode,
        *,
        selections: Callable[[], dict[str, Selection]],
        wake: Callable[[], None],
    ) -> None:
        """`key` signs cursors; `selections` returns the webhooks of the configuration, with what they select."""
        self._key = key
        self._show_code = show_code
        self._selections = selections
        self.wake = wake

    async def page(self, tx: Tx, *, after: str, limit: int) -> list[Webhook]:
        """See Webhooks."""
        return [await self._shown(tx, row) for row in await tx.all(QUERIES.webhook_page, after=after, limit=limit)]

    async def dead_letters(
        self, tx: Tx, name: str, *, access: options_pb2.CodeAccess, after: int, limit: int
    ) -> Sequence[tuple[int, DeadLetter]]:
        """See Webhooks."""
        await _get(tx, name)
        rows = await tx.all(QUERIES.dead_letter_page, name=name, after=after, limit=limit)
        return [(row["sequence"], await self._letter(tx, name, row, access)) for row in rows]

    async def _letter(self, tx: Tx, name: str, row: Row, access: options_pb2.CodeAccess) -> DeadLetter:
        event = Event.FromString(row["body"])
        cursors = cursors_of(self._key, name)
        await complete(tx, event, row, cursors=cursors, show_code=self._show_code, access=access)
        return DeadLetter(
            dead_letter_id=row["dead_letter_id"],
            event=event,
            attempts=row["attempts"],
            last_error=row["last_error"],
            died_at=row["died_at"],
            retrying=row["due_at"] is not None,
        )

    async def retry(self, tx: Tx, name: str, dead_letter_ids: Sequence[str], *, now: int) -> tuple[Webhook, int]:
        """See Webhooks."""
        await _get(tx, name)
        await tx.run(QUERIES.webhook_revive, name=name, now=now)
        retried = 0
        for each in sorted(set(dead_letter_ids)):
            retried += await tx.run(QUERIES.dead_letter_revive, name=name, dead_letter_id=each, now=now)
        return await self._shown(tx, await _get(tx, name)), retried

    async def replay(self, tx: Tx, name: str, *, cursor: str | None, at: int | None, now: int) -> Webhook:
        """See Webhooks."""
        await _get(tx, name)
        position = BEFORE_ALL
        if cursor is not None:
            cursors = cursors_of(self._key, name)
            position = cursors.read(cursor)
            if await rows_after(tx, position) is None:
                raise CursorExpired(oldest_cursor=cursors.text(BEFORE_ALL))
        elif at is not None:
            position = await position_at(tx, at)
        await tx.run(QUERIES.webhook_move, name=name, now=now, **position._asdict())
        return await self._shown(tx, await _get(tx, name))

    async def _shown(self, tx: Tx, row: Row) -> Webhook:
        name, selections = row["name"], self._selections()
        position = of_row(row)
        failing = bool(row["attempts"])
        return Webhook(
            name=name,
            state=row["state"],
            configured=name in selections,
            cursor=cursors_of(self._key, name).text(position),
            oldest_at=await oldest_at(tx, position, selections.get(name, _ALL)),
            attempts=row["attempts"],
            next_attempt_at=row["due_at"] if failing and row["state"] != GONE else None,
            last_error=row["last_error"],
            delivered_at=row["delivered_at"],
            dead_letters=await dead_letters(tx, name),
            gaps=row["gaps"],
        )


async def oldest_at(tx: Tx, position: EventPosition, selection: Selection) -> int | None:
    """Return the time of the oldest selected event after a position, Unix milliseconds; None if there is none.

    An event counts from its commit on, also while it cannot be sent because an earlier transaction has not ended.

    Of many events of which none is selected, return the time of the last one that is read at once, which is earlier.
    """
    found = await committed_after(tx, position)
    rows = await committed_after(tx, BEFORE_ALL) if found is None else found  # events after the position have expired
    assert rows is not None, "there always is a row after the beginning"
    for row in rows:
        if selection.find(row) is not None:
            return int(row["told_at"])
    return int(rows[-1]["told_at"]) if len(rows) >= ROWS_MAX else None


async def _get(tx: Tx, name: str) -> Row:
    row = await tx.one(QUERIES.webhook_get, name=name)
    if row is None:
        raise WebhookNotFound
    return row
