"""An import while it is under way: nobody sees its codes, one goes at a time, and nobody else waits for it."""

import asyncio

import grpc
import pytest
from redeemd.serialkey.importing import imports
from redeemd.store.base import BODY_ROWS_MAX
from support.imports import OpenImport, counts, jobs, listed, under_way, watch, written
from support.service import refused

CODES = [f"SUMMER-{n}" for n in range(2500)]


@pytest.fixture
async def open_import(world):
    """An import whose first message was written, in the campaign `spring`; given up at the end."""
    made = OpenImport(world)
    made.send(CODES[:100])
    await made.until_written(100)
    yield made
    made.call.cancel()


async def invisible(world, code=CODES[0]):
    """Return whether a code cannot be seen by any road."""
    for rpc, fields in (("UseByUserId", {"user_id": "alice"}), ("RevertUseByUserId", {"user_id": "alice"})):
        with refused("CODE_NOT_FOUND"):
            await world.call(rpc, code=code, **fields)
    with refused("CODE_NOT_FOUND"):
        await world.call("VerifyCodeByUserId", user_id="alice", code=code, verify_type=1)
    with refused("SERIAL_KEY_NOT_FOUND"):
        await world.call("GetSerialKey", code=code)
    with refused("SERIAL_KEY_NOT_FOUND"):
        await world.call("SetSerialKeyStatus", code=code, availability=2)
    return not await jobs(world)


async def test_codes_appear_all_at_once_when_the_import_returns(world, open_import):
    """No code of a running import can be found; when it responds, all can, from the first to the last."""
    assert await invisible(world)
    open_import.send(CODES[100:])
    await open_import.until_written(2500)
    assert await invisible(world)
    assert await invisible(world, CODES[-1])
    report = await open_import.end()
    assert report.imported_count == 2500
    for code in (CODES[0], CODES[99], CODES[100], CODES[-1]):
        assert (await world.as_player("Use", "alice", code=code)).item.status == 2
    assert await listed(world, report.item) == CODES


async def test_a_second_import_into_the_namespace_is_refused(world, open_import):
    """IMPORT_UNDER_WAY, to be tried again later, also for another campaign; the first one goes on."""
    await world.put_in_force("spring", "summer")
    for campaign in ("spring", "summer"):
        for fields in ({}, {"dry_run": True}):
            with refused("IMPORT_UNDER_WAY") as refusal:
                await world.bring(["x"], campaign, **fields)
            assert refusal.code == grpc.StatusCode.ABORTED
            assert refusal.retry
    assert (await open_import.end()).imported_count == 100
    assert (await world.bring(["x"])).imported_count == 1


async def test_of_8_imports_at_once_those_that_begin_are_whole(world):
    """Each is refused with IMPORT_UNDER_WAY or imports all its codes; then the others succeed, one after the other."""

    async def bring(n):
        codes = [f"{n}-{code}" for code in CODES[:300]]
        while True:
            try:
                return await world.bring(codes, piece=100)
            except grpc.aio.AioRpcError as error:
                assert error.code() == grpc.StatusCode.ABORTED
                await asyncio.sleep(0.01)

    reports = await asyncio.gather(*(bring(n) for n in range(8)))
    assert [report.imported_count for report in reports] == [300] * 8
    for n, report in enumerate(reports):
        assert await listed(world, report.item) == [f"{n}-{code}" for code in CODES[:300]]


async def test_two_namespaces_import_at_once(world, open_import):
    """An import elsewhere is begun and finished while this one is open."""
    other = await world.service.world()
    assert (await other.bring(CODES[:100])).imported_count == 100
    assert await invisible(world)
    assert (await open_import.end()).imported_count == 100


async def test_calls_succeed_while_an_import_is_open(world, open_import):
    """Codes are used, issued and switched, and master data is changed, before the import goes on."""
    codes = await world.codes(50)
    used = await asyncio.gather(*(world.as_player("Use", "alice", code=code) for code in codes))
    assert {answer.item.status for answer in used} == {2}
    await world.put_in_force("spring", "summer")
    open_import.send(CODES[100:200])
    assert (await open_import.end()).imported_count == 200


async def test_an_import_never_has_two_bodies_waiting_and_none_writes_more_than_a_step(own_world):
    """9,000 codes, conflicts and duplicates among them: a redemption never waits for more than one of its steps."""
    await own_world.bring(CODES)
    watched = watch(own_world.service)
    new = [f"new-{n}" for n in range(3000)]
    report = await own_world.bring([*new, *CODES, *new, *CODES[:500]], piece=10_000, skip_problems=True)
    assert counts(report) == {1: 3000, 2: 3000}
    assert watched.waiting_max == 1
    assert max(watched.rows) == BODY_ROWS_MAX
    assert len(watched.rows) > 10


async def test_uses_go_between_the_steps_of_a_large_import(own_world):
    """While 20,000 codes come in, players' codes are used: the import ends after many of them, and all succeed."""
    codes = await own_world.codes(300)
    await own_world.service.token("alice")
    import_done = asyncio.Event()
    between = []

    async def use():
        for code in codes:
            answer = await own_world.as_player("Use", "alice", code=code)
            between.append(not import_done.is_set())
            assert answer.item.status == 2

    async def bring():
        await own_world.bring([f"{n}" for n in range(20_000)], piece=10_000)
        import_done.set()

    await asyncio.gather(use(), bring())
    assert sum(between) > 5


async def test_an_import_that_was_silent_for_a_minute_is_given_up_for_the_next(own_world):
    """Until then the next is refused; then the next has all codes, and the first gets CONFLICT and leaves nothing."""
    first = OpenImport(own_world)
    first.send(CODES)
    await first.until_written(2500)
    own_world.service.clock.advance(seconds=imports.SILENT_SECONDS_MAX)
    with refused("IMPORT_UNDER_WAY"):
        await own_world.bring(CODES)
    own_world.service.clock.advance(seconds=1)
    report = await own_world.bring(CODES)
    assert (counts(report), report.imported_count) == ({}, 2500)
    first.send(["late"])
    with refused("CONFLICT") as refusal:
        await first.end()
    assert refusal.code == grpc.StatusCode.ABORTED
    assert await invisible_but(own_world, "late", report.item)


async def invisible_but(world, code, job):
    """Return whether a code cannot be found, and a batch is the only one."""
    with refused("SERIAL_KEY_NOT_FOUND"):
        await world.call("GetSerialKey", code=code)
    return await jobs(world) == [job]


@pytest.mark.parametrize("whole", [False, True], ids=["some-rows-left", "all-removed"])
async def test_an_import_that_was_given_up_does_not_finish(own_world, whole):
    """It had sent everything, and the housekeeping found it silent: CONFLICT at its end, however much is removed."""
    first = OpenImport(own_world)
    first.send(CODES)
    await first.until_written(2500)
    own_world.service.clock.advance(seconds=imports.SILENT_SECONDS_MAX + 1)
    assert await own_world.service.maintenance.step()
    assert 0 < await written(own_world) < 2500
    while whole and await written(own_world):
        assert await own_world.service.maintenance.step()
    with refused("CONFLICT"):
        await first.end()
    assert await invisible(own_world)


async def test_the_codes_of_an_open_import_hide_no_campaign_code(world):
    """While a text is imported its campaign code works; once it is imported it is a serial key."""
    made = OpenImport(world)
    made.send(["winter"])
    await made.until_written(1)
    await world.put_in_force("spring", "winter", campaign_codes=("winter",))
    used = await world.as_player("Use", "alice", code="winter")
    assert (used.item.campaign_model_name, used.item.status) == ("winter", 1)
    await made.end()
    used = await world.as_player("Use", "alice", code="winter")
    assert (used.item.campaign_model_name, used.item.status) == ("spring", 2)


async def test_every_step_is_a_sign_of_life(own_world):
    """An import that takes three minutes is not given up as long as codes come."""
    first = OpenImport(own_world)
    for n in range(4):
        first.send(CODES[n * 10 : n * 10 + 10])
        await first.until_written(n * 10 + 10)
        own_world.service.clock.advance(seconds=imports.SILENT_SECONDS_MAX)
        assert not await own_world.service.maintenance.step()
    assert (await first.end()).imported_count == 40


async def test_an_import_into_a_namespace_that_was_deleted_is_refused(own_world):
    """At its next step or at its end, before and after the purge: NAMESPACE_NOT_FOUND, and no row is left."""
    service = own_world.service
    for purged in (False, True):
        for more in (False, True):
            world = await service.world()
            made = OpenImport(world)
            made.send(CODES[:1500])
            await made.until_written(1500)
            await world.call("DeleteNamespace")
            while purged and await service.maintenance.step():
                pass
            if more:
                made.send(["late"])
            with refused("NAMESPACE_NOT_FOUND"):
                await made.end()
    while await service.maintenance.step():
        pass
    tables = await service.dump()
    assert tables["imported_code"] == tables["code_import"] == []
    assert await under_way(service) == 0


async def test_a_namespace_made_again_during_an_import_knows_nothing_of_it(own_world):
    """The import is refused, and the new namespace of the name can import the same codes."""
    made = OpenImport(own_world)
    made.send(CODES[:10])
    await made.until_written(10)
    await own_world.call("DeleteNamespace")
    await own_world.service.call("CreateNamespace", name=own_world.name)
    await own_world.put_in_force("spring")
    assert counts(await own_world.bring(CODES[:10])) == {}
    with refused("NAMESPACE_NOT_FOUND"):
        await made.end()


async def test_a_campaign_that_leaves_during_an_import_ends_it(own_world):
    """CAMPAIGN_MODEL_NOT_FOUND, nothing of it is there, and once the campaign is back the codes can be imported."""
    made = OpenImport(own_world)
    made.send(CODES)
    await made.until_written(2500)
    await own_world.put_in_force("summer")
    with refused("CAMPAIGN_MODEL_NOT_FOUND"):
        await made.end()
    await own_world.put_in_force("spring")
    assert await invisible(own_world)
    assert (await own_world.bring(CODES)).imported_count == 2500
