"""Idempotency keys that are used again after they expired, while the housekeeping removes expired ones."""

import asyncio

from redeemd.store import locks
from redeemd.store.sql import query
from support.lane import ON_POSTGRES
from support.limits import make_limits
from support.patience import WAIT_SECONDS
from support.uploads import keep_house

_DAY_SECONDS = 24 * 60 * 60
_WAITING = query(
    "waiting",
    "/*postgres SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock' else*/ SELECT 0 AS n /*end*/",
)


async def until_waiting(service, count):
    """Wait until so many transactions wait for a lock on PostgreSQL. On SQLite none does: one runs at a time."""
    async with asyncio.timeout(WAIT_SECONDS):
        while ON_POSTGRES and await waiting(service) < count:  # noqa: ASYNC110 -- the server does not report it
            await asyncio.sleep(0.005)


async def waiting(service):
    """Return how many transactions wait for a lock."""
    return (await service.store.run(lambda tx: tx.one(_WAITING), write=False))["n"]


async def test_a_key_that_is_used_again_is_not_removed(own_service):
    """The purge finds it expired, and waits for the call that uses it: a repetition is not executed once more."""
    limits = await make_limits(own_service)
    await own_service.stop_housekeeping()

    def count_up():
        fields = {"limit_name": "ever", "counter_name": "c", "user_id": "alice", "count_up_value": 1}
        return limits.call("CountUpByUserId", headers=[("idempotency-key", "k")], **fields)

    await count_up()
    own_service.clock.advance(seconds=_DAY_SECONDS + 1)
    release, held = asyncio.Event(), asyncio.Event()

    async def hold(tx):
        await tx.lock(locks.player("alice"))
        held.set()
        if ON_POSTGRES:
            await release.wait()

    holding = asyncio.create_task(own_service.store.run(hold, write=True))
    await held.wait()
    calling = asyncio.create_task(count_up())
    await until_waiting(own_service, 1)
    purging = asyncio.create_task(keep_house(own_service))
    await until_waiting(own_service, 2)
    release.set()
    await asyncio.gather(holding, calling, purging)
    assert (await count_up()).item.count == 2
