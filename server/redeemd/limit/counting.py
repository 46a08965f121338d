"""Operations on counters. They run in a transaction and know no RPCs."""

from collections.abc import Callable, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import Protocol

from redeemd.errors import Conflict, StaleNamespace
from redeemd.limit import models
from redeemd.limit.counters import Counter, CounterName, CounterPosition
from redeemd.limit.errors import CounterNotFound, CounterOverflow, CounterVerificationFailed, LimitModelNotFound
from redeemd.limit.models import LimitState, Model, ModelCache
from redeemd.limit.queries import QUERIES
from redeemd.store import locks
from redeemd.store.base import GUARD_TRIES_MAX, Row, TransactionRequired, Tx
from redeemd.store.sql import Query

COUNT_MAX = 2_147_483_646

# By VerifyType.
_COMPARISONS: dict[int, Callable[[int, int], bool]] = {1: lt, 2: le, 3: gt, 4: ge, 5: eq, 6: ne}


class Permit(Protocol):
    """Decides whether a counter may be counted up: see redeemd.limit.scripted."""

    @property
    def in_transaction(self) -> bool:
        """Whether the statements of the caller are one transaction."""

    def ask(self, model: Model, counter: Counter) -> None:
        """Raise a refusal if the script of the model's namespace does not permit to count up."""

    async def counted(self, counter: Counter) -> None:
        """Have the script after counting up run, if `ask` found one. The player's lock is held then."""


async def _change(
    tx: Tx, query: Query, name: CounterName, cache: ModelCache, *, now: int, permit: Permit | None, **parameters: int
) -> Row | None:
    """Change a counter with a statement that requires a certain model of its limit: first the cached one.

    `permit` is asked if a script has to run. Raises LimitModelNotFound, StaleNamespace, what `permit` raises, or
    TransactionRequired.
    """
    known = cache.get(name.namespace_id, name.limit_name)
    if known is not None and (permit is None or known.trigger is None):
        row = await _change_by(known, tx, query, name, now=now, **parameters)
        if row is not None:
            return row
    model = await models.model(tx, name.namespace_id, name.limit_name)
    if permit is not None and model.trigger is not None:
        await _ask(permit, model, tx, name, now=now)
    elif model == known:
        return None
    cache.keep(name.namespace_id, name.limit_name, model)
    return await _change_by(model, tx, query, name, now=now, **parameters)


async def _ask(permit: Permit, model: Model, tx: Tx, name: CounterName, *, now: int) -> None:
    """Run the script under the lock of the counter, so that the count which it sees is the one that changes."""
    if not permit.in_transaction:
        raise TransactionRequired
    await tx.lock(locks.player(name.user_id))
    _, counter = await _read(tx, name, now=now)
    permit.ask(model, counter or _uncounted(name))


async def _change_by(
    model: Model, tx: Tx, query: Query, name: CounterName, *, now: int, **parameters: int
) -> Row | None:
    schedule, next_reset_at = model.at(now)
    row = await tx.one(
        query,
        **name.key(),
        model=model.body,
        namespace_revision=model.namespace_revision,
        next_reset_at=next_reset_at,
        schedule=schedule,
        now=now,
        **parameters,
    )
    if row is not None:
        tx.pin(locks.namespace(name.namespace_id), row["version"])
    return row


async def count_up(
    tx: Tx,
    name: CounterName,
    cache: ModelCache,
    *,
    value: int,
    max_value: int | None,
    now: int,
    permit: Permit,
) -> Counter:
    """Count up within the maximum, with one guarded statement, after the script of the namespace if there is one.

    Raises LimitModelNotFound, CounterOverflow, StaleNamespace, Conflict, what `permit` raises, or TransactionRequired.
    """
    most = COUNT_MAX if max_value is None else max_value
    for _ in range(GUARD_TRIES_MAX):
        row = await _change(tx, QUERIES.counter_up, name, cache, now=now, permit=permit, value=value, max_value=most)
        if row is not None:
            changed = _changed(name, row, now)
            await permit.counted(changed)
            return changed
        _, counter = await _read(tx, name, now=now)
        count = counter.count if counter else 0
        if count + value > most:
            raise CounterOverflow(count=str(count), max_value=str(most))
    raise Conflict


async def count_down(tx: Tx, name: CounterName, cache: ModelCache, *, value: int, now: int) -> Counter:
    """Count down, not below 0 (semantics 12.23). Raises LimitModelNotFound, CounterNotFound or StaleNamespace."""
    row = await _change(tx, QUERIES.counter_down, name, cache, now=now, permit=None, value=value)
    if row is None:
        raise CounterNotFound
    return _changed(name, row, now)


def _changed(name: CounterName, row: Row, now: int) -> Counter:
    return Counter(
        limit_name=name.limit_name,
        name=name.name,
        user_id=name.user_id,
        count=row["count"],
        next_reset_at=row["next_reset_at"],
        created_at=row["created_at"],
        updated_at=now,
        revision=row["revision"],
    )


async def delete(tx: Tx, name: CounterName, *, now: int) -> Counter:
    """Remove a counter and return it. Raises CounterNotFound or StaleNamespace."""
    await tx.lock(locks.player(name.user_id))
    found, _ = await _read(tx, name, now=now)
    row = await tx.one(QUERIES.counter_delete, **name.key())
    if row is None:
        raise CounterNotFound
    await tx.run(QUERIES.imported_counter_deleted, **name.key())
    return _as_it_is(row, found, now)


async def get(tx: Tx, name: CounterName, *, now: int) -> Counter:
    """Read a counter. Raises CounterNotFound or StaleNamespace."""
    _, counter = await _read(tx, name, now=now)
    if counter is None:
        raise CounterNotFound
    return counter


async def _read(tx: Tx, name: CounterName, *, now: int) -> tuple[LimitState | None, Counter | None]:
    """Return a limit, if it is in the master data, and a counter of it, if there is one. Raises StaleNamespace."""
    row = await tx.one(QUERIES.counter_read, **name.key())
    if row is None:
        raise StaleNamespace
    tx.pin(locks.namespace(name.namespace_id), row["version"])
    found = None if row["model"] is None else models.limit_at(row["model"], now)
    return found, None if row["name"] is None else _as_it_is(row, found, now)


async def _limit_if_any(tx: Tx, namespace_id: int, name: str, *, now: int) -> LimitState | None:
    """Return a limit at `now`; None if it is no longer in the master data."""
    try:
        return (await models.model(tx, namespace_id, name)).at(now)
    except LimitModelNotFound:
        return None


async def page(
    tx: Tx, namespace_id: int, user_id: str, limit_name: str | None, *, after: CounterPosition, limit: int, now: int
) -> list[Counter]:
    """List a player's counters, of one limit if `limit_name` is given, by creation (semantics 12.46)."""
    rows = await _page(tx, namespace_id, user_id, limit_name, after=after, limit=limit)
    names = {row["limit_name"] for row in rows}
    limits = {name: await _limit_if_any(tx, namespace_id, name, now=now) for name in names}
    return [_as_it_is(row, limits[row["limit_name"]], now) for row in rows]


def _as_it_is(row: Row, found: LimitState | None, now: int) -> Counter:
    """Return the counter of a row at `now`, after past resets and a change of schedule (semantics 12.28, 12.29).

    A counter whose limit is not in the master data continues once the limit returns.
    """
    stored: int | None = row["next_reset_at"]
    lapsed = stored is not None and stored <= now
    found = found or LimitState(row["schedule"], None if lapsed else stored)
    return Counter(
        limit_name=row["limit_name"],
        name=row["name"],
        user_id=row["user_id"],
        count=0 if lapsed else row["count"],
        next_reset_at=found.next_reset_at if lapsed or found.schedule != row["schedule"] else stored,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"] + lapsed,
    )


async def verify(tx: Tx, name: CounterName, *, verify_type: int, count: int, now: int) -> Counter:
    """Compare a counter with `count`; one that was never counted has count 0 and revision 0 (semantics 12.27).

    Raises LimitModelNotFound, CounterVerificationFailed or StaleNamespace.
    """
    found, counter = await _read(tx, name, now=now)
    if found is None:
        raise LimitModelNotFound
    current = counter.count if counter else 0
    if not _COMPARISONS[verify_type](current, count):
        raise CounterVerificationFailed(count=str(current), compared_with=str(count))
    return counter or _uncounted(name)


def _uncounted(name: CounterName) -> Counter:
    return Counter(name.limit_name, name.name, name.user_id, 0, None, None, None, 0)


async def clean(tx: Tx, namespace_id: int, user_id: str, *, limit: int) -> int:
    """Remove a player's counters, and what is known of their import; return the number removed, at most `limit`."""
    player = {"namespace_id": namespace_id, "user_id": user_id}
    removed = await tx.run(QUERIES.counter_clean, **player, limit=limit)
    if removed < limit:
        removed += await tx.run(QUERIES.imported_counter_clean, **player, limit=limit - removed)
    return removed


async def stored(tx: Tx, namespace_id: int, user_id: str, *, after: CounterPosition, limit: int) -> Sequence[Row]:
    """Return a player's counters as they are stored, without resets."""
    return await _page(tx, namespace_id, user_id, None, after=after, limit=limit)


async def _page(
    tx: Tx, namespace_id: int, user_id: str, limit_name: str | None, *, after: CounterPosition, limit: int
) -> Sequence[Row]:
    return await tx.all(
        QUERIES.counter_page if limit_name is None else QUERIES.counter_page_of_limit,
        namespace_id=namespace_id,
        user_id=user_id,
        limit_name=limit_name,
        after=after.created_at,
        after_limit_name=after.limit_name,
        after_name=after.name,
        limit=limit,
    )


async def restore(
    tx: Tx, name: CounterName, *, count: int, next_reset_at: int | None, schedule: str, created_at: int, now: int
) -> None:
    """Restore a counter, overwriting its current state."""
    await tx.run(
        QUERIES.counter_restore,
        **name.key(),
        count=count,
        next_reset_at=next_reset_at,
        schedule=schedule,
        created_at=created_at,
        now=now,
    )
