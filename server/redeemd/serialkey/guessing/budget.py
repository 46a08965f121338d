"""Guess budgets that all replicas share: the algorithm of buckets.py as one guarded statement."""

from redeemd.errors import Conflict, StaleNamespace
from redeemd.serialkey.errors import TooManyGuesses
from redeemd.serialkey.guessing.buckets import RateLimit
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import GUARD_TRIES_MAX, STEP_ROWS, Tx

# The longest time that a budget can take to refill: the greatest burst times the longest interval of the contract.
SPAN_MS_MAX = 1000 * 60_000


async def reserve(tx: Tx, namespace_id: int, user_id: str, limit: RateLimit, *, now: int) -> None:
    """Take a guess from a player's budget. Raises TooManyGuesses, StaleNamespace or Conflict.

    `now` is the Unix time in milliseconds, used by an embedded database; on PostgreSQL, replicas use its clock. While
    the clock runs evenly, there are never more guesses than the limit allows. Setting the clock back refills a budget
    once if it is then used up further ahead than the span of the limit; otherwise it delays the next guess by at most
    one interval.
    """
    key = {"namespace_id": namespace_id, "user_id": user_id}
    for _ in range(GUARD_TRIES_MAX):
        taken = await tx.one(QUERIES.guess_budget_take, **key, now=now, interval=limit.interval, span=limit.span)
        if taken is not None:
            return
        row = await tx.one(QUERIES.guess_budget_get, **key, now=now)
        if row is None:
            raise StaleNamespace
        retry_after_ms = (row["used_ms"] or 0) + limit.interval - limit.span
        if 0 < retry_after_ms <= limit.interval:  # otherwise a guess was returned meanwhile
            raise TooManyGuesses.until(retry_after_ms)
    raise Conflict


async def give_back(tx: Tx, namespace_id: int, user_id: str, limit: RateLimit, *, taken_at: int, now: int) -> None:
    """Return a guess that was taken at `taken_at`."""
    left = limit.left_of(taken_at=taken_at, now=now)
    await tx.run(QUERIES.guess_budget_give_back, namespace_id=namespace_id, user_id=user_id, left=left)


async def erase(tx: Tx, namespace_id: int, user_id: str) -> int:
    """Remove a player's budget, which makes it full again. Return the number of rows removed."""
    return await tx.run(QUERIES.guess_budget_erase, namespace_id=namespace_id, user_id=user_id)


async def forget(tx: Tx, *, now: int) -> bool:
    """Remove some budgets that are full again; return whether there were any."""
    return bool(await tx.run(QUERIES.guess_budget_forget, now=now, span_max=SPAN_MS_MAX, limit=STEP_ROWS))
