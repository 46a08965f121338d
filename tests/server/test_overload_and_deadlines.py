"""More calls than the server takes, and callers who do not wait for the response."""

import asyncio
import contextlib
import threading

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from redeem.serialkey.v1 import requests_pb2 as pb
from support.patience import WAIT_SECONDS
from support.service import refused, running
from support.store_faults import blocked_writer, until

USED = 2
WITH_KEY = [("idempotency-key", "only-once")]


def under_way(service):
    """Return how many calls the server has not finished."""
    return service.telemetry.registry.get_sample_value("redeemd_calls_in_flight")


@contextlib.asynccontextmanager
async def held_at_statement(service, number):
    """Hold the next writing call before one of its statements; yields what waits until it is there."""
    faults, count = service.faults, service.faults.about_to_run
    entered, release = threading.Event(), threading.Event()

    def about_to_run():
        count()
        if faults.statements == number and not entered.is_set():
            entered.set()
            release.wait(WAIT_SECONDS)

    faults.about_to_run = about_to_run
    try:
        yield lambda: asyncio.to_thread(entered.wait, WAIT_SECONDS)
    finally:
        release.set()
        faults.about_to_run = count


async def waiting_for_the_writer(service, calls):
    """Wait until that many tasks that call are in its queue; a chore of the server may be there, too."""
    await until(lambda: any(call.done() for call in calls) or _all_wait(service, len(calls)))
    assert not [call.result() for call in calls if call.done()]


def _all_wait(service, calls):
    return under_way(service) == calls and service.store.waiting >= calls


async def settled(service):
    """Wait until the server has finished all calls and the writer all bodies."""
    await until(lambda: under_way(service) == 0)

    async def body(_tx):
        pass

    await service.store.run(body, write=True)


@pytest.mark.parametrize("calls_max", [1, 4])
async def test_calls_beyond_the_limit_are_refused_at_once(tmp_path, calls_max):
    """OVERLOADED with RetryInfo, for writes and reads; those under way finish; then there is room again."""
    async with running(tmp_path, calls_max=calls_max) as service:
        world = await service.world()
        codes = await world.codes(calls_max + 1)
        for player in ("alice", *(f"player-{number}" for number in range(calls_max))):
            await service.token(player)
        async with blocked_writer(service.store):
            taken = [
                asyncio.create_task(world.as_player("Use", f"player-{number}", code=code))
                for number, code in enumerate(codes[:-1])
            ]
            await until(lambda: under_way(service) == calls_max)
            for _ in range(3):
                with refused("OVERLOADED") as refusal:
                    await world.as_player("Use", "alice", code=codes[-1])
                assert refusal.code == grpc.StatusCode.RESOURCE_EXHAUSTED
                assert refusal.retry
            with refused("OVERLOADED"):
                await world.call("GetNamespace")
        assert {answer.item.status for answer in await asyncio.gather(*taken)} == {USED}
        assert (await world.as_player("Use", "alice", code=codes[-1])).item.status == USED
        assert under_way(service) == 0


async def test_an_overloaded_server_is_healthy(tmp_path):
    """Health checks are not calls that are counted: a busy server must not be restarted."""
    async with running(tmp_path, calls_max=1) as service:
        world = await service.world()
        (code,) = await world.codes()
        await service.token("alice")
        async with blocked_writer(service.store):
            taken = asyncio.create_task(world.as_player("Use", "alice", code=code))
            await until(lambda: under_way(service) == 1)
            answer = await health_pb2_grpc.HealthStub(service.channel).Check(health_pb2.HealthCheckRequest())
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        await taken


async def test_reads_are_served_while_the_writer_is_busy(own_service):
    """Readers have connections of their own."""
    world = await own_service.world()
    (code,) = await world.codes()
    async with blocked_writer(own_service.store):
        assert (await world.call("GetSerialKey", code=code)).item.code == code


async def test_a_call_cancelled_while_it_waits_leaves_nothing(own_service):
    """Its caller has gone before its turn: the code stays ACTIVE, no key is noted, the next one gets it."""
    world = await own_service.world()
    (code,) = await world.codes()
    await own_service.token("alice")
    before = await own_service.dump()
    async with blocked_writer(own_service.store):
        use = asyncio.create_task(world.as_player("Use", "alice", code=code, headers=WITH_KEY))
        await waiting_for_the_writer(own_service, [use])
        use.cancel()
        with pytest.raises(asyncio.CancelledError):
            await use
        await until(lambda: under_way(own_service) == 0)
    await settled(own_service)
    assert await own_service.dump() == before
    assert (await world.as_player("Use", "bob", code=code)).item.used_user_id == "bob"


async def test_a_call_past_its_deadline_while_it_waits_leaves_nothing(own_service):
    """DEADLINE_EXCEEDED at the caller; what it requested is not done later behind its back."""
    world = await own_service.world()
    (code,) = await world.codes()
    request = pb.UseRequest(namespace_name=world.name, code=code, access_token=await own_service.token("alice"))
    before = await own_service.dump()
    async with blocked_writer(own_service.store):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await own_service.serial_keys.Use(request, timeout=0.3, metadata=WITH_KEY)
        assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        await until(lambda: under_way(own_service) == 0)
    await settled(own_service)
    assert await own_service.dump() == before


async def test_a_call_cancelled_while_it_runs_leaves_everything_or_nothing(own_service):
    """Cancelled before each of its statements, a use leaves the used code and its stored response, or neither."""
    world = await own_service.world()
    code, *codes = await world.codes(12)
    await world.as_player("Use", "alice", code=code, headers=[("idempotency-key", code)])
    statements = own_service.faults.statements
    assert 2 <= statements < len(codes)
    for statement, code in zip(range(1, statements + 1), codes, strict=False):
        key = [("idempotency-key", code)]
        async with held_at_statement(own_service, statement) as reached:
            use = asyncio.create_task(world.as_player("Use", "alice", code=code, headers=key))
            assert await reached()
            use.cancel()
            with pytest.raises(asyncio.CancelledError):
                await use
            await until(lambda: under_way(own_service) == 0)
        await settled(own_service)
        dump = await own_service.dump()
        assert len(dump["serial_key"]) == len(dump["idempotency"])
        again = await world.as_player("Use", "alice", code=code, headers=key)
        assert (again.item.used_user_id, again.item.revision) == ("alice", 2)
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "bob", code=code)


async def test_a_batch_of_callers_who_leave_does_not_hold_up_the_others(own_service):
    """Of 40 waiting uses every other is cancelled: the rest succeed, and only theirs are used."""
    world = await own_service.world()
    job = await world.issue(40)
    codes = [item.code for item in await world.keys(job)]
    await own_service.token("alice")
    async with blocked_writer(own_service.store):
        uses = [asyncio.create_task(world.as_player("Use", "alice", code=code)) for code in codes]
        await waiting_for_the_writer(own_service, uses)
        for use in uses[::2]:
            use.cancel()
        await until(lambda: under_way(own_service) == 20)
    outcomes = await asyncio.gather(*uses, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes[::2])
    assert {outcome.item.used_user_id for outcome in outcomes[1::2]} == {"alice"}
    await settled(own_service)
    assert [item.status for item in await world.keys(job)] == [1, USED] * 20
