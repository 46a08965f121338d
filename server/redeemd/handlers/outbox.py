"""The outbox: acquire actions of handlers, written in the transaction whose reward they are.

The deliveries of a player to one prefix form a lane. Only the first one is due; those after it wait, and become due one
after the other. A transaction that changes a lane holds the player's lock, as the one that adds to it does: otherwise a
delivery could be added after the last one just as that one ends, and wait forever.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redeem.event.v1 import resources_pb2 as event_pb
from redeem.options.v1 import options_pb2

from redeemd.base.trace import TRACEPARENT, Trace, read
from redeemd.crypto.sealing import Box
from redeemd.event.recorder import Events
from redeemd.handlers.ports import Execution, HandlerReply
from redeemd.handlers.queries import QUERIES
from redeemd.store import locks
from redeemd.store.base import STEP_ROWS, Row, Tx
from redeemd.store.sql import Query
from redeemd.transaction.definition import prefix_of
from redeemd.transaction.errors import DeliveryNotFound

PENDING, DELIVERED, DEAD = 1, 2, 3
DELIVERED_KEPT_MS = 24 * 60 * 60 * 1000
DEAD_KEPT_MS = 90 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class LeasedDelivery:
    """A leased delivery, to be attempted."""

    sequence: int
    attempts: int  # including this one
    execution: Execution
    trace: Trace | None = None  # of the call that added it


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempted delivery. `again_at` is when to try again, in Unix milliseconds; None means never."""

    taken: LeasedDelivery
    reply: HandlerReply
    again_at: int | None


class Outbox:
    """The deliveries of all handlers, in a transaction. See redeemd.transaction.ports.ActionOutbox."""

    def __init__(self, box: Box, events: Events, wake: Callable[[str], None]) -> None:
        """`wake` is called with the prefix of a delivery that may be due, once it is committed."""
        self._box = box
        self.events = events
        self.wake = wake

    async def put(
        self, tx: Tx, action: str, request: str, *, user_id: str, transaction_id: str, trace: Trace | None, now: int
    ) -> str:
        """See ActionOutbox."""
        delivery_id = str(uuid.uuid4())
        await tx.run(
            QUERIES.delivery_put,
            delivery_id=delivery_id,
            prefix=prefix_of(action),
            action=action,
            user_id=user_id,
            transaction_id=transaction_id,
            traceparent=None if trace is None else trace.context.parent,
            request=self._box.seal(request.encode(), delivery_id.encode()),
            now=now,
        )
        return delivery_id

    async def take(self, tx: Tx, prefix: str, *, limit: int, now: int, lease: int) -> list[LeasedDelivery]:
        """Lease deliveries that are due, until `lease`."""
        rows = await tx.all(QUERIES.delivery_take, prefix=prefix, limit=limit, now=now, lease=lease)
        return [self._taken(row) for row in sorted(rows, key=lambda row: row["sequence"])]

    def _taken(self, row: Row) -> LeasedDelivery:
        delivery_id = row["delivery_id"]
        execution = Execution(
            key=delivery_id,
            kind="acquire",
            action=row["action"],
            request=self._box.open(row["request"], delivery_id.encode()).decode(),
            user_id=row["user_id"],
            transaction_id=row["transaction_id"],
            created_at=row["created_at"],
        )
        return LeasedDelivery(row["sequence"], row["attempts"], execution, _trace(row["traceparent"]))

    async def next_due(self, tx: Tx, prefix: str) -> int | None:
        """Return when the next delivery is due or its lease ends; None if there is no such delivery."""
        row = await tx.one(QUERIES.delivery_next_due, prefix=prefix)
        return None if row is None else row["due"]

    async def settle(self, tx: Tx, attempts: Sequence[Attempt], *, now: int) -> None:
        """Record the outcomes of attempts, release the deliveries that waited for ended ones, and write events."""
        await tx.lock(*self.locks_of(attempts))
        events = []
        for attempt in attempts:
            execution = attempt.taken.execution
            if await self._record(tx, attempt, now=now) is not None and attempt.again_at is None:
                await tx.run(QUERIES.delivery_release, user_id=execution.user_id, prefix=execution.prefix, now=now)
                events.append(_event(attempt))
        await self.events.record(tx, options_pb2.EVENT_KIND_DELIVERED, events, at=now)

    def locks_of(self, attempts: Sequence[Attempt]) -> list[str]:
        """Return the names that `settle` locks: those of the players whose deliveries ended."""
        return [locks.player(attempt.taken.execution.user_id) for attempt in attempts if attempt.again_at is None]

    async def _record(self, tx: Tx, attempt: Attempt, *, now: int) -> Row | None:
        """Record the outcome of one attempt; return None if it was already recorded or is obsolete."""
        taken = attempt.taken
        if attempt.reply.done:
            return await tx.one(QUERIES.delivery_arrived, sequence=taken.sequence, now=now)
        which = {"sequence": taken.sequence, "attempts": taken.attempts, "error": attempt.reply.code}
        if attempt.again_at is None:
            return await tx.one(QUERIES.delivery_bury, **which, now=now)
        return await tx.one(QUERIES.delivery_postpone, **which, due=attempt.again_at)

    async def page(self, tx: Tx, *, user_id: str | None, state: int | None, after: int, limit: int) -> Sequence[Row]:
        """See ActionOutbox."""
        found: dict[tuple[bool, bool], Query] = {
            (False, False): QUERIES.delivery_page,
            (False, True): QUERIES.delivery_page_in_state,
            (True, False): QUERIES.delivery_page_of_player,
            (True, True): QUERIES.delivery_page_of_player_in_state,
        }
        query = found[user_id is not None, state is not None]
        return await tx.all(query, user_id=user_id, state=state, after=after, limit=limit)

    async def revive(self, tx: Tx, delivery_id: str, *, now: int) -> Row:
        """See ActionOutbox."""
        found = await _get(tx, delivery_id)
        await tx.lock(locks.player(found["user_id"]))
        await tx.one(QUERIES.delivery_revive, delivery_id=delivery_id, now=now)
        return await _get(tx, delivery_id)


def _trace(traceparent: str | None) -> Trace | None:
    context = None if traceparent is None else read({TRACEPARENT: traceparent})
    return None if context is None else Trace(context)


def _event(attempt: Attempt) -> event_pb.Event:
    """Return the event of a delivery that ended."""
    taken = attempt.taken
    delivery = event_pb.Delivery(
        delivery_id=taken.execution.key,
        action=taken.execution.action,
        attempts=taken.attempts,
        dead=not attempt.reply.done,
    )
    return event_pb.Event(
        service="transaction",
        user_id=taken.execution.user_id,
        transaction_id=taken.execution.transaction_id or None,  # none if a script follows a direct call
        delivery=delivery,
    )


async def _get(tx: Tx, delivery_id: str) -> Row:
    row = await tx.one(QUERIES.delivery_get, delivery_id=delivery_id)
    if row is None:
        raise DeliveryNotFound
    return row


async def forget(tx: Tx, *, now: int) -> bool:
    """Delete deliveries that ended long ago, a limited number at a time; return whether there were any."""
    old = {DELIVERED: now - DELIVERED_KEPT_MS, DEAD: now - DEAD_KEPT_MS}
    for state, before in old.items():
        if await tx.run(QUERIES.delivery_purge, state=state, old=before, limit=STEP_ROWS):
            return True
    return False


async def counts(tx: Tx) -> Sequence[Row]:
    """Return the numbers of undelivered actions: prefix, state, count, oldest."""
    return await tx.all(QUERIES.delivery_counts)
