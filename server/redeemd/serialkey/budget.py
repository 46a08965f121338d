"""How many guesses are left, for all replicas: the same as buckets.py in one guarded statement. Over a transaction."""

from redeemd.errors import Conflict, StaleNamespace
from redeemd.serialkey.batches import QUERIES
from redeemd.serialkey.buckets import Limit
from redeemd.serialkey.errors import TooManyGuesses
from redeemd.store.base import BODY_ROWS_MAX, TRIES, Tx

# The clocks of replicas differ; what has passed by one of them is kept for another one that is behind.
CLOCKS_DIFFER_MS = 60 * 60 * 1000


async def reserve(tx: Tx, namespace_id: int, user_id: str, limit: Limit, *, now: int) -> None:
    """Take a guess of a player's budget. Raises TooManyGuesses, StaleNamespace or Conflict.

    By one clock there are never more than the limit allows; where a replica's is ahead of another's, for once so many
    more as come back in that time.
    """
    key = {"namespace_id": namespace_id, "user_id": user_id}
    for _ in range(TRIES):
        taken = await tx.one(QUERIES.guess_budget_take, **key, now=now, interval=limit.interval, most=now + limit.span)
        if taken is not None:
            return
        row = await tx.one(QUERIES.guess_budget_get, **key)
        if row is None:
            raise StaleNamespace
        missing = (row["used_until"] or now) + limit.interval - now - limit.span
        if missing > 0:  # else some was given back meanwhile
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
    return bool(await tx.run(QUERIES.guess_budget_forget, before=now - CLOCKS_DIFFER_MS, limit=BODY_ROWS_MAX))
