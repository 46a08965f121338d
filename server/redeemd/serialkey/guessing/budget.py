"""Guess budgets that all replicas share: the algorithm of buckets.py as one guarded statement."""

from redeemd.errors import Conflict, StaleNamespace
from redeemd.serialkey.errors import TooManyGuesses
from redeemd.serialkey.guessing.buckets import RateLimit
from redeemd.serialkey.guessing.tried import LENGTH_MAX, REPEATED
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import GUARD_TRIES_MAX, STEP_ROWS, Tx

# The longest time that a budget can take to refill: the greatest burst times the longest interval of the contract.
SPAN_MS_MAX = 1000 * 60_000
# How many resets of a namespace replicas follow. Further players wait until their budget refills.
RESETS_MAX = 1000


async def reserve(tx: Tx, namespace_id: int, user_id: str, limit: RateLimit, text: str, *, now: int) -> bool:
    """Take a guess from a player's budget, unless its text was tried before; return whether one was taken.

    `text` is a hash: see tried.py. Raises TooManyGuesses, StaleNamespace or Conflict.

    `now` is the Unix time in milliseconds, used by an embedded database; on PostgreSQL, replicas use its clock. While
    the clock runs evenly, there are never more guesses than the limit allows. Setting the clock back refills a budget
    once if it is then used up further ahead than the span of the limit; otherwise it delays the next guess by at most
    one interval.
    """
    key = {"namespace_id": namespace_id, "user_id": user_id}
    for _ in range(GUARD_TRIES_MAX):
        row = await tx.one(
            QUERIES.guess_budget_take,
            **key,
            now=now,
            interval=limit.interval,
            span=limit.span,
            text=text,
            length_max=LENGTH_MAX,
        )
        if row is not None:
            return REPEATED + text not in row["tried"]
        row = await tx.one(QUERIES.guess_budget_get, **key, now=now)
        if row is None:
            raise StaleNamespace
        retry_after_ms = (row["used_ms"] or 0) + limit.interval - limit.span
        if 0 < retry_after_ms <= limit.interval:  # otherwise a guess was returned meanwhile
            raise TooManyGuesses.until(retry_after_ms)
    raise Conflict


async def give_back(tx: Tx, namespace_id: int, user_id: str, text: str, *, left: int, right: bool) -> None:
    """Return `left` milliseconds of a guess, unless its text was repeated or is forgotten and was not `right`."""
    query = QUERIES.guess_budget_give_back_right if right else QUERIES.guess_budget_give_back
    await tx.run(query, namespace_id=namespace_id, user_id=user_id, left=left, text=text)


async def used_ms(tx: Tx, namespace_id: int, user_id: str, *, now: int) -> int:
    """Return the milliseconds until a player's budget is full; 0 if it is. Raises StaleNamespace."""
    row = await tx.one(QUERIES.guess_budget_get, namespace_id=namespace_id, user_id=user_id, now=now)
    if row is None:
        raise StaleNamespace
    return max(0, row["used_ms"] or 0)


async def reset(tx: Tx, namespace_id: int, user_id: str, limit: RateLimit, *, now: int) -> int:
    """Make a player's budget full, and return the number of the reset, for the replicas. Raises StaleNamespace."""
    key = {"namespace_id": namespace_id, "user_id": user_id}
    await tx.run(QUERIES.guess_budget_erase, **key)
    row = await tx.one(QUERIES.guess_reset_put, **key, now=now, span=limit.span)
    if row is None:
        raise StaleNamespace
    return int(row["reset_until"])


async def resets(tx: Tx, namespace_id: int) -> dict[str, int]:
    """Return the numbers of the recent resets of a namespace by player, of RESETS_MAX players at most."""
    rows = await tx.all(QUERIES.guess_resets, namespace_id=namespace_id, limit=RESETS_MAX)
    return {row["user_id"]: row["reset_until"] for row in rows}


async def erase(tx: Tx, namespace_id: int, user_id: str) -> int:
    """Remove a player's budget, which makes it full again. Return the number of rows removed."""
    key = {"namespace_id": namespace_id, "user_id": user_id}
    return await tx.run(QUERIES.guess_budget_erase, **key) + await tx.run(QUERIES.guess_reset_erase, **key)


async def forget(tx: Tx, *, now: int) -> bool:
    """Remove some budgets that are full again, and resets that are void; return whether there were any."""
    full = await tx.run(QUERIES.guess_budget_forget, now=now, span_max=SPAN_MS_MAX, limit=STEP_ROWS)
    void = await tx.run(QUERIES.guess_reset_forget, now=now, limit=STEP_ROWS)
    return bool(full or void)
