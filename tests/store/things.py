"""Things that callers of a store on PostgreSQL change together, for tests of coalescing."""

import asyncio
import contextlib

from redeemd.store import sql
from support.patience import WAIT_SECONDS

QUERIES = sql.parse(
    """
-- name: spend
-- Takes from a thing; 13 is a division by zero. No row: it has too little.
UPDATE thing SET number = number - :by::bigint
 WHERE name = :name AND number >= :by::bigint AND 1 / (13 - :by::bigint) IS NOT NULL
RETURNING number

-- set: key (name text) with by bigint
spent AS (
  UPDATE thing t SET number = t.number - e.by FROM element e
   WHERE t.name = e.name AND t.number >= e.by AND 1 / (13 - e.by) IS NOT NULL
  RETURNING e.ordinal, t.number
), done AS (SELECT s.ordinal, s.number FROM spent s)

-- name: earn
-- Adds to a thing, which it makes if necessary.
INSERT INTO thing (name, number) VALUES (:name, :by::bigint)
ON CONFLICT (name) DO UPDATE SET number = thing.number + excluded.number RETURNING number

-- set: key (name text) with by bigint
earned AS (
  INSERT INTO thing (name, number) SELECT e.name, e.by FROM element e ORDER BY e.ordinal
  ON CONFLICT (name) DO UPDATE SET number = thing.number + excluded.number RETURNING name, number
), done AS (SELECT e.ordinal, r.number FROM earned r JOIN element e ON e.name = r.name)

-- name: amount
SELECT t.number FROM thing t WHERE t.name = :name

-- set: name text

-- name: hold
SELECT t.number FROM thing t WHERE t.name = :name FOR UPDATE
"""
)

_LOCKS = sql.query("locks", "SELECT count(*) AS number FROM pg_locks WHERE NOT granted")


def spend(store, name, by=1):
    """Return a run that takes from a thing and returns what is left; None if it has too little."""

    async def body(tx):
        row = await tx.one(QUERIES.spend, name=name, by=by)
        return None if row is None else row["number"]

    return store.run(body, write=True, autocommit=True)


async def spend_all(store, *spent):
    """Make runs at once; return results and exceptions."""
    return await asyncio.gather(*(spend(store, *each) for each in spent), return_exceptions=True)


async def left(store, number=20):
    """Return what the first things have, read together."""

    def of(name):
        return store.run(lambda tx: tx.one(QUERIES.amount, name=name), write=False, autocommit=True)

    return [row["number"] for row in await asyncio.gather(*(of(f"t{n}") for n in range(number)))]


@contextlib.asynccontextmanager
async def held(store, name):
    """Hold the row of a thing for the block."""
    has, release = asyncio.Event(), asyncio.Event()

    async def body(tx):
        await tx.one(QUERIES.hold, name=name)
        has.set()
        await release.wait()

    holder = asyncio.create_task(store.run(body, write=True))
    await has.wait()
    try:
        yield
    finally:
        release.set()
        await holder


async def waiting_for_lock(store, number=1):
    """Wait until some statements wait for locks."""
    async with asyncio.timeout(WAIT_SECONDS):
        while (await store.run(lambda tx: tx.one(_LOCKS), write=False))["number"] < number:  # noqa: ASYNC110 -- of a database
            await asyncio.sleep(0.005)
