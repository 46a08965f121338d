"""Imports counters of another system, each once. Functions that run in a transaction and know no RPCs."""

from collections.abc import Sequence

from redeem.common.v1 import common_pb2
from redeem.limit.v1 import requests_pb2 as pb

from redeemd.errors import Conflict, StaleNamespace
from redeemd.limit import models
from redeemd.limit.counters import CounterName
from redeemd.limit.models import LimitState
from redeemd.limit.queries import QUERIES
from redeemd.store import locks
from redeemd.store.base import Row, Tx

_Outcome = common_pb2.ImportOutcome


async def counters(tx: Tx, namespace_id: int, items: Sequence[pb.ImportedCounter], *, now: int) -> list[_Outcome]:
    """Import counters and return their outcomes, in the same order.

    Raises StaleNamespace, or Conflict if a counter changed meanwhile without a lock on its player.
    """
    await tx.lock(*(locks.player(item.user_id) for item in items))
    seen: set[CounterName] = set()
    outcomes = []
    for item in items:
        name = CounterName(namespace_id, item.user_id, item.limit_name, item.name)
        repeated = name in seen
        outcomes.append(common_pb2.IMPORT_OUTCOME_DUPLICATE if repeated else await _counter(tx, name, item, now=now))
        seen.add(name)
    return outcomes


async def _counter(tx: Tx, name: CounterName, item: pb.ImportedCounter, *, now: int) -> _Outcome:
    row = await tx.one(QUERIES.counter_import_read, **name.key())
    if row is None:
        raise StaleNamespace
    tx.pin(locks.namespace(name.namespace_id), row["version"])
    if row["model"] is None:
        return common_pb2.IMPORT_OUTCOME_MODEL_NOT_FOUND
    limit = models.limit_at(row["model"], now)
    outcome = _by_reset(item, limit, now=now) or _by_row(item, row, now=now)
    if outcome == common_pb2.IMPORT_OUTCOME_IMPORTED:
        await _write(tx, name, item, limit, seen=row["revision"] or 0, now=now)
    return outcome


def _by_reset(item: pb.ImportedCounter, limit: LimitState, *, now: int) -> _Outcome | None:
    """Return the outcome if the period of the count is not the current one of the limit."""
    resets_at = item.next_reset_at if item.HasField("next_reset_at") else None
    if resets_at == limit.next_reset_at:
        return None
    if resets_at is not None and limit.next_reset_at is not None and resets_at <= now:
        return common_pb2.IMPORT_OUTCOME_PAST
    return common_pb2.IMPORT_OUTCOME_RESET_TIME


def _by_row(item: pb.ImportedCounter, row: Row, *, now: int) -> _Outcome:
    """Return the outcome by what is here."""
    lapsed = row["next_reset_at"] is not None and row["next_reset_at"] <= now
    if row["revision"] is not None and item.count == (0 if lapsed else row["count"]):
        return common_pb2.IMPORT_OUTCOME_UNCHANGED
    if lapsed:  # nothing was counted here in the period of the count
        return common_pb2.IMPORT_OUTCOME_IMPORTED
    if row["imported_revision"] is not None:
        untouched = row["revision"] == row["imported_revision"]
        return common_pb2.IMPORT_OUTCOME_IMPORTED if untouched else common_pb2.IMPORT_OUTCOME_CHANGED
    return common_pb2.IMPORT_OUTCOME_IMPORTED if row["revision"] is None else common_pb2.IMPORT_OUTCOME_CONFLICT


async def _write(
    tx: Tx, name: CounterName, item: pb.ImportedCounter, limit: LimitState, *, seen: int, now: int
) -> None:
    """Write a counter whose row has the revision `seen`, 0 for none."""
    written = await tx.one(
        QUERIES.counter_import,
        **name.key(),
        count=item.count,
        next_reset_at=limit.next_reset_at,
        schedule=limit.schedule,
        seen=seen,
        now=now,
    )
    if written is None:
        raise Conflict
    await tx.run(QUERIES.counter_imported, **name.key(), revision=written["revision"])
