"""How many guesses are left, for all replicas: the same as buckets.py in one guarded statement. Over a transaction."""

from redeemd.errors import Conflict, StaleNamespace
from redeemd.serialkey.batches import QUERIES
from redeemd.serialkey.buckets import Limit
from redeemd.serialkey.errors import TooManyGuesses
from redeemd.store.base import BODY_ROWS_MAX, TRIES, Tx

# The longest time in which a budget can be used up: the greatest burst and the longest interval of the contract.
SPAN_MS_MAX = 1000 * 60_000


async def reserve(tx: Tx, namespace_id: int, user_id: str, limit: Limit, *, now: int) -> None:
    """Take a guess of a player's budget. Raises TooManyGuesses, StaleNamespace or Conflict.

    `now` is the Unix time in milliseconds, for an embedded database; replicas share the clock of PostgreSQL. While the
    clock runs evenly there are never more guesses than the limit allows. A clock that is set back makes a budget whole
    once if that is then used up further ahead than the span of the limit; otherwise it delays the next guess by one
    interval at most.
    """
    key = {"namespace_id": namespace_id, "user_id": user_id}
    for _ in range(TRIES):
        taken = await tx.one(QUERIES.guess_budget_take, **key, now=now, interval=limit.interval, span=limit.span)
        if taken is not None:
            return
        row = await tx.one(QUERIES.guess_budget_get, **key, now=now)
        if row is None:
            raise StaleNamespace
        missing = (row["used_ms"] or 0) + limit.interval - limit.span
        if 0 < missing <= limit.interval:  # else some was given back meanwhile
            raise TooManyGuesses.until(missing)
    raise Conflict


async def give_back(tx: Tx, namespace_id: int, user_id: str, limit: Limit, *, taken_at: int, now: int) -> None:
    """Give a guess back that was taken at a moment."""
    left = limit.left_of(taken_at=taken_at, now=now)
    await tx.run(QUERIES.guess_budget_give_back, namespace_id=namespace_id, user_id=user_id, left=left)


async def erase(tx: Tx, namespace_id: int, user_id: str) -> int:
    """Remove a player's budget, which is whole again then; answer how many rows that were."""
    return await tx.run(QUERIES.guess_budget_erase, namespace_id=namespace_id, user_id=user_id)


async def forget(tx: Tx, *, now: int) -> bool:
    """Remove some budgets that are whole again; answer whether there were any."""
    return bool(await tx.run(QUERIES.guess_budget_forget, now=now, span_max=SPAN_MS_MAX, limit=BODY_ROWS_MAX))
