"""Imports awaits of another system, each once. Functions that run in a transaction and know no RPCs."""

from collections.abc import Sequence

from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import requests_pb2 as pb
from redeem.exchange.v1 import resources_pb2

from redeemd.errors import Conflict, StaleNamespace
from redeemd.exchange import awaits
from redeemd.exchange.awaits import SECONDS_OF_A_MINUTE, TIME_MAX, Await, AwaitName, Awaits, config_of
from redeemd.exchange.queries import QUERIES
from redeemd.store import locks
from redeemd.store.base import Row, Tx

_Outcome = common_pb2.ImportOutcome
_Item = pb.ImportedAwait


async def awaits_of(tx: Tx, namespace_id: int, items: Sequence[_Item], stored: Awaits, *, now: int) -> list[_Outcome]:
    """Import awaits and return their outcomes, in the same order.

    Raises StaleNamespace, or Conflict if an await changed meanwhile.
    """
    await tx.lock(*(locks.player(item.user_id) for item in items))
    seen: set[AwaitName] = set()
    outcomes = []
    for item in items:
        name = AwaitName(namespace_id, item.user_id, item.name)
        repeated = name in seen
        outcomes.append(
            common_pb2.IMPORT_OUTCOME_DUPLICATE if repeated else await _await(tx, name, item, stored, now=now)
        )
        seen.add(name)
    return outcomes


async def _await(tx: Tx, name: AwaitName, item: _Item, stored: Awaits, *, now: int) -> _Outcome:
    row = await tx.one(QUERIES.await_import_read, **name.key(), rate_name=item.rate_name)
    if row is None:
        raise StaleNamespace
    tx.pin(locks.namespace(name.namespace_id), row["version"])
    if row["model"] is None:
        return common_pb2.IMPORT_OUTCOME_MODEL_NOT_FOUND
    model = resources_pb2.RateModel.FromString(row["model"])
    if model.timing_type != resources_pb2.TIMING_TYPE_AWAIT:
        return common_pb2.IMPORT_OUTCOME_NOT_AWAITING
    here = None if row["name"] is None else stored.of(row, name.namespace_id)
    wanted = _wanted(item, model, revision=1 if here is None else here.revision + 1, now=now)
    outcome = _outcome(here, wanted, row)
    if outcome == common_pb2.IMPORT_OUTCOME_IMPORTED:
        await _write(tx, name, here, wanted, stored)
    return outcome


def _wanted(item: _Item, model: resources_pb2.RateModel, *, revision: int, now: int) -> Await:
    """Return the await of an item. Without acquirable_at, it waits as long as the rate says."""
    lock_seconds = model.lock_time * SECONDS_OF_A_MINUTE
    if item.HasField("acquirable_at"):
        lock_seconds = max((item.acquirable_at - item.exchanged_at) // 1000 + item.skip_seconds, 0)
    return Await(
        name=item.name,
        user_id=item.user_id,
        rate_name=item.rate_name,
        count=item.count if item.HasField("count") else 1,
        skip_seconds=item.skip_seconds,
        lock_seconds=min(lock_seconds, (TIME_MAX - item.exchanged_at) // 1000 + item.skip_seconds),
        config=config_of(item.config),
        exchanged_at=item.exchanged_at,
        created_at=now,
        revision=revision,
        promised=awaits.promise(model),
    )


def _outcome(here: Await | None, wanted: Await, row: Row) -> _Outcome:
    if here is not None and _state(here) == _state(wanted):
        return common_pb2.IMPORT_OUTCOME_UNCHANGED
    if row["imported_revision"] is not None:
        untouched = here is not None and here.revision == row["imported_revision"]
        return common_pb2.IMPORT_OUTCOME_IMPORTED if untouched else common_pb2.IMPORT_OUTCOME_CHANGED
    return common_pb2.IMPORT_OUTCOME_IMPORTED if here is None else common_pb2.IMPORT_OUTCOME_CONFLICT


def _state(item: Await) -> tuple[object, ...]:
    """Return what an item says of an await."""
    return (item.rate_name, item.count, item.skip_seconds, item.lock_seconds, dict(item.config), item.exchanged_at)


async def _write(tx: Tx, name: AwaitName, here: Await | None, wanted: Await, stored: Awaits) -> None:
    """Write an await in place of the one that is here. Raises Conflict if another call changed that meanwhile."""
    if here is not None:
        removed = await tx.one(QUERIES.await_import_replace, **name.key(), revision=here.revision)
        if removed is None:
            raise Conflict
    if not await stored.restore(tx, name.namespace_id, wanted):
        raise Conflict
    await tx.run(QUERIES.await_imported, **name.key(), revision=wanted.revision)
