"""The faults of the embedded store, as a client sees them."""

import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from redeemd.store.base import CommitFailed, CommitUnknown, StoreError, Unavailable, WriteConflict
from redeemd.store.sqlite.batch import BrokenConnection
from store.conformance import install
from support.patience import WAIT_SECONDS
from support.service import read_refusal, refused
from support.store_faults import (
    Flood,
    blocked_writer,
    deny_commit,
    no_way_to_reopen,
    pragma,
    settle,
    until,
)


async def health(service):
    """Return what the health service says of the whole server."""
    answer = await health_pb2_grpc.HealthStub(service.channel).Check(health_pb2.HealthCheckRequest())
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


async def until_health(service, name):
    """Wait until the health service says so of the whole server."""
    watch = health_pb2_grpc.HealthStub(service.channel).Watch(health_pb2.HealthCheckRequest())
    async with asyncio.timeout(WAIT_SECONDS):
        async for answer in watch:
            if health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status) == name:
                break
    watch.cancel()


async def refusals_of_uses(world, codes, users):
    """Make each user use each code concurrently; return winners by code, and the refusals."""
    calls = {(code, user): world.as_player("Use", user, code=code) for code in codes for user in users}
    outcomes = dict(zip(calls, await settle(*calls.values()), strict=True))
    won = {calling: outcome for calling, outcome in outcomes.items() if not isinstance(outcome, Exception)}
    return [code for code, _ in won], [read_refusal(e) for e in outcomes.values() if isinstance(e, Exception)]


async def assert_one_owner_each_and_working(world, codes, won):
    """Codes that were won are USED, and every other one is used or can be: nothing is half done."""
    assert len(set(won)) == len(won)
    keys = {code: (await world.call("GetSerialKey", code=code)).item for code in codes}
    assert all(keys[code].status == 2 for code in won)
    for code, key in keys.items():
        assert (key.status == 2) == bool(key.used_user_id) == bool(key.used_at)
        if key.status == 1:
            await world.as_player("Use", "late", code=code)
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "later", code=code)


async def test_use_during_a_failed_commit_is_in_doubt_and_the_service_recovers(own_service):
    """OUTCOME_UNKNOWN without advice to repeat; NOT_SERVING until the file is open again; no code has two owners."""
    world = await own_service.world()
    codes, users = await world.codes(20), ["alice", "bob"]
    for user in users:
        await own_service.token(user)
    assert await health(own_service) == "SERVING"
    await own_service.stop_housekeeping()  # whose commit might be the one that fails
    await deny_commit(own_service.store)
    with no_way_to_reopen(own_service.store):
        won, refusals = await refusals_of_uses(world, codes, users)
        assert {refusal.code for refusal in refusals} == {grpc.StatusCode.UNAVAILABLE}
        assert "OUTCOME_UNKNOWN" in {refusal.reason for refusal in refusals}
        assert not any(refusal.retry for refusal in refusals if refusal.reason == "OUTCOME_UNKNOWN")
        assert won == []
        await until_health(own_service, "NOT_SERVING")
        with refused("STORE_UNAVAILABLE") as refusal:
            await world.as_player("Use", "alice", code=codes[0])
        assert refusal.retry
    await until_health(own_service, "SERVING")
    await assert_one_owner_each_and_working(world, codes, won)


async def test_use_in_an_interrupted_batch_is_not_committed_and_may_be_repeated(own_service):
    """NOT_COMMITTED with RetryInfo, and the code is as it was; the use behind the interrupted body succeeds."""
    world = await own_service.world()
    store = own_service.store
    await own_service.stop_housekeeping()  # which would wait for the writer, too
    await install(store)
    ahead, behind = await world.codes(2)
    await own_service.token("alice")
    flood = Flood(store)
    async with blocked_writer(store):
        first = asyncio.ensure_future(world.as_player("Use", "alice", code=ahead))
        await until(lambda: store.waiting == 1)
        flooding = asyncio.create_task(store.run(flood.body, write=True))
        await until(lambda: store.waiting == 2)
        last = asyncio.ensure_future(world.as_player("Use", "alice", code=behind))
        await until(lambda: store.waiting == 3)
    _, flooded = await settle(asyncio.to_thread(flood.interrupt), flooding)
    assert isinstance(flooded, CommitFailed)
    with refused("NOT_COMMITTED") as refusal:
        await first
    assert refusal.code == grpc.StatusCode.UNAVAILABLE
    assert refusal.retry
    assert (await last).item.used_user_id == "alice"
    assert (await world.call("GetSerialKey", code=ahead)).item.status == 1
    assert await health(own_service) == "SERVING"
    await assert_one_owner_each_and_working(world, [ahead, behind], [behind])


async def test_calls_on_a_full_database_are_not_committed_and_may_be_repeated(own_service):
    """NOT_COMMITTED with RetryInfo until there is room; every acknowledged use is there, and the server never stops."""
    world = await own_service.world()
    store = own_service.store
    codes = await world.codes(240)  # fewer than one player may have in progress
    await own_service.token("alice")
    limit = await pragma(store, "max_page_count")
    await pragma(store, f"max_page_count = {await pragma(store, 'page_count')}")
    won, refusals = await refusals_of_uses(world, codes, ["alice"])
    assert {(refusal.reason, refusal.code) for refusal in refusals} == {("NOT_COMMITTED", grpc.StatusCode.UNAVAILABLE)}
    assert all(refusal.retry for refusal in refusals)
    assert await health(own_service) == "SERVING"
    await pragma(store, f"max_page_count = {limit}")
    lost = [code for code in codes if code not in won]
    won_later, refusals = await refusals_of_uses(world, lost, ["alice"])
    assert won_later == lost
    assert refusals == []
    await assert_one_owner_each_and_working(world, codes[:20], [code for code in won if code in codes[:20]])


@pytest.mark.parametrize(
    ("failure", "reason", "code"),
    [
        (CommitFailed, "NOT_COMMITTED", grpc.StatusCode.UNAVAILABLE),
        (CommitUnknown, "OUTCOME_UNKNOWN", grpc.StatusCode.UNAVAILABLE),
        (Unavailable, "STORE_UNAVAILABLE", grpc.StatusCode.UNAVAILABLE),
        (BrokenConnection, "STORE_UNAVAILABLE", grpc.StatusCode.UNAVAILABLE),
        (StoreError, "STORE_UNAVAILABLE", grpc.StatusCode.UNAVAILABLE),
        (WriteConflict, "CONFLICT", grpc.StatusCode.ABORTED),
        (KeyError, "INTERNAL", grpc.StatusCode.INTERNAL),
    ],
)
async def test_every_store_failure_has_a_typed_error(own_service, failure, reason, code):
    """Also kinds that only one store knows, and a defect; the code stays unused."""
    world = await own_service.world()
    (used,) = await world.codes()
    own_service.faults.fail_at, own_service.faults.failure = 1, failure
    with refused(reason) as refusal:
        await world.call("UseByUserId", user_id="alice", code=used)
    assert refusal.code == code
    assert "injected" not in refusal.message
    assert (await world.call("GetSerialKey", code=used)).item.status == 1
