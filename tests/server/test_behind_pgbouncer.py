"""The whole service behind a real pgbouncer in transaction mode, with prepared statements off."""

import asyncio
import contextlib
import signal

import asyncpg
import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from redeemd.store import migrate
from redeemd.store.base import CommitFailed
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.postgres.times import Times
from redeemd.store.sql import query
from support import pgbouncer as pgb
from support import postgres as pg
from support.exchanges import make_exchanges
from support.patience import PATIENT, WAIT_SECONDS
from support.service import read_refusal, running

CALLS = 60
CUTS = 8
_SLEEP = query("sleep", "SELECT 1 AS slept FROM pg_sleep(:seconds)")
_ADVISORY = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'"


@pytest.fixture
def own_pooler(postgres, pooler):  # noqa: ARG001 -- skips where there is none
    """A pgbouncer of the test's own, which it may stop."""
    with pgb.pgbouncer(postgres) as own:
        yield own


@contextlib.asynccontextmanager
async def behind(pooler, folder):
    """Run a server behind a pooler; yield it and the name of its database."""
    settings = await pg.settings_for(folder)
    name = pg.database_of(settings["database"])
    settings |= {"database": pooler.url(name), "prepared_statements": "off"}
    async with running(folder, **settings) as service:
        yield service, name


async def until_done(call):
    """Make a call again until the database serves it; return how often it was refused."""
    refusals = 0
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            try:
                await call()
            except grpc.aio.AioRpcError as error:
                refusal = read_refusal(error)
                # All connections wait for the pooler, or an earlier call of the player does.
                busy = refusal.reason in {"OVERLOADED", "CONTENTION"}
                assert busy or refusal.code == grpc.StatusCode.UNAVAILABLE, refusal
                refusals += 1
                await asyncio.sleep(0.05)
            else:
                return refusals


async def nothing():
    """Break nothing."""


async def load(service, break_something=nothing):
    """Make CALLS of each of use, exchange and count at once, each with a key, while something is broken.

    Checks the outcome, and returns how often calls were refused at first.
    """
    exchanges = await make_exchanges(service)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up(maxValue=CALLS), exchanges.use()]})
    used, exchanged = await exchanges.world.codes(CALLS), await exchanges.world.codes(CALLS)
    names = {"user_id": "alice", "limit_name": "ever", "counter_name": "counted"}

    def calls(number):
        key = [("idempotency-key", f"key-{number}")]
        return (
            lambda: exchanges.world.call("UseByUserId", headers=key, user_id="alice", code=used[number]),
            lambda: exchanges.buy(values={"code": exchanged[number]}, headers=key),
            lambda: exchanges.limits.call("CountUpByUserId", headers=key, **names),
        )

    working = asyncio.gather(*(until_done(call) for number in range(CALLS) for call in calls(number)))
    await break_something()
    refusals = await working
    await until_done(lambda: check(exchanges))
    return sum(refusals)


async def check(exchanges):
    """See that each call of a load was done once."""
    keys = (await exchanges.world.call("DescribeRedemptions", user_id="alice", limit=1000)).items
    assert len(keys) == 2 * CALLS
    assert [await exchanges.count(counter) for counter in ("bought", "counted")] == [CALLS, CALLS]


async def test_all_is_done_once_through_few_shared_sessions(tmp_path, pooler):
    """Use, exchange and count, 60 of each at once through a pool of 4 sessions: each happens once."""
    async with behind(pooler, tmp_path) as (service, _):
        await load(service)


async def test_sessions_that_are_cut_double_and_lose_nothing(tmp_path, pooler, postgres):
    """The database ends the pooler's sessions again and again: who calls again with the same key is done once."""
    async with behind(pooler, tmp_path) as (service, name):

        async def cut():
            for _ in range(CUTS):
                await asyncio.sleep(0.1)
                await asyncio.to_thread(postgres.end_sessions, name)

        assert await load(service, cut)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_restart_of_the_pooler_doubles_and_loses_nothing(tmp_path, own_pooler, how):
    """Everything that is under way is cut; who calls again with the same key is done once."""
    async with behind(own_pooler, tmp_path) as (service, _):

        async def restart():
            await asyncio.to_thread(own_pooler.stop, how)
            await asyncio.sleep(0.2)
            await asyncio.to_thread(own_pooler.start)

        assert await load(service, restart)


async def test_a_pooler_that_is_paused_makes_calls_wait_and_loses_nothing(tmp_path, own_pooler):
    """As for a planned move of the database: PAUSE, and RESUME a second later."""
    async with behind(own_pooler, tmp_path) as (service, _):

        async def pause():
            await asyncio.to_thread(own_pooler.command, "PAUSE")
            await asyncio.sleep(1)
            await asyncio.to_thread(own_pooler.command, "RESUME")

        await load(service, pause)


async def test_health_follows_the_database_behind_the_pooler(tmp_path, own_pooler):
    """NOT_SERVING while the pooler is away and calls are refused, SERVING once it is back."""
    async with behind(own_pooler, tmp_path) as (service, _), asyncio.timeout(WAIT_SECONDS):
        world = await service.world()
        watch = health_pb2_grpc.HealthStub(service.channel).Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        await asyncio.to_thread(own_pooler.stop)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await world.issue()
        assert read_refusal(caught.value).reason == "STORE_UNAVAILABLE"
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        await asyncio.to_thread(own_pooler.start)
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()
        await world.issue()


async def test_replicas_that_migrate_through_the_pooler_leave_no_lock(pooler, postgres_url, postgres):
    """Of four at once one does it; a lock that outlived its transaction would stay in the pool."""
    url = pooler.url(pg.database_of(postgres_url))
    stores = [await PostgresStore.open(url, prepared=False, connections=1, times=PATIENT) for _ in range(4)]
    try:
        applied = await asyncio.gather(*(migrate.apply(store, now=1) for store in stores))
        assert sorted(one.version for many in applied for one in many) == [one.version for one in migrate.load()]
        assert postgres.sql(_ADVISORY, database=pg.database_of(postgres_url)) == "0"
    finally:
        for store in stores:
            await store.close()


@pytest.mark.parametrize("write", [True, False])
async def test_a_statement_that_takes_too_long_is_ended_also_there(pooler, postgres_url, write):
    """The limit is the transaction's own: another client that gets the session does not have it."""
    url = pooler.url(pg.database_of(postgres_url))
    store = await PostgresStore.open(url, prepared=False, times=Times(statement=2.0))
    other = await asyncpg.connect(url, statement_cache_size=0)
    try:
        with pytest.raises(CommitFailed, match="statement timeout"):
            await store.run(lambda tx: tx.one(_SLEEP, seconds=30), write=write, autocommit=True)
        await store.run(lambda tx: tx.one(_SLEEP, seconds=0), write=write)  # which commits
        assert await other.fetchval("SHOW statement_timeout") == "0"
    finally:
        await store.close()
        await other.close()
