"""A player's data is dumped and erased across all namespaces."""

import asyncio
import json

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from support.patience import WAIT_SECONDS
from support.service import bearer, refused
from support.user_data import clean, dump, is_running, states, use_all, work_off

USED = 2


@pytest.fixture
async def service(own_service):
    """A server of the test's own, whose housekeeping works when the test says so."""
    await own_service.stop_housekeeping()
    return own_service


def read(data):
    """Read a dump."""
    return [json.loads(line) for line in data.splitlines()]


def codes_of(data):
    """Return namespaces and codes of a dump."""
    return [(line["namespaceName"], line["payload"]["code"]) for line in read(data)]


def documented(item):
    """Render a used key as the documents spell it."""
    return {
        "serialKeyId": item.serial_key_id,
        "campaignModelName": item.campaign_model_name,
        "code": item.code,
        "metadata": item.metadata,
        "status": "USED",
        "usedUserId": item.used_user_id,
        "createdAt": item.created_at,
        "usedAt": item.used_at,
        "updatedAt": item.updated_at,
        "revision": item.revision,
    }


async def test_a_dump_holds_the_codes_the_player_used_in_all_namespaces(service):
    """One line for each, by namespace; none for a code that was reverted, never used, or used by another."""
    expected = []
    for _ in range(3):
        world = await service.world()
        first, second, reverted, of_bob, _ = await world.codes(5)
        for code, user_id in ((first, "alice"), (second, "alice"), (reverted, "alice"), (of_bob, "bob")):
            await world.call("UseByUserId", user_id=user_id, code=code)
        await world.call("RevertUseByUserId", user_id="alice", code=reverted)
        expected += [(world.name, first), (world.name, second)]
    await service.world()
    assert codes_of(await dump(service, "alice")) == sorted(expected, key=lambda pair: pair[0])


async def test_a_line_is_a_signed_documented_serial_key(service):
    """service, namespaceName, kind, payload and mac, and the payload is the key as GetSerialKey shows it."""
    world = await service.world()
    (code,) = await world.codes(metadata="a\nb\u2028\U0001f600")
    item = (await world.as_player("Use", "alice", code=code)).item
    (line,) = read(await dump(service, "alice"))
    mac = line.pop("mac")
    assert len(mac) == 64
    assert line == {
        "service": "serialKey",
        "namespaceName": world.name,
        "kind": "serialKey",
        "payload": documented(item),
    }


async def test_a_dump_of_many_codes_has_each_once(service):
    """Around the 500 codes that a page has, and in several pages, in the order of issuing."""
    world = await service.world()
    codes = await world.codes(1200)
    used = 0
    for count in (500, 501, 1000, 1200):
        await use_all(world, codes[used:count], "alice")
        used = count
        assert codes_of(await dump(service, "alice")) == [(world.name, code) for code in codes[:count]]


async def test_the_dump_of_an_unknown_player_is_empty(service):
    """A file of no lines."""
    world = await service.world()
    await use_all(world, await world.codes(2), "bob")
    assert await dump(service, "alice") == b""


async def test_a_dump_holds_imported_codes_single_codes_and_those_of_former_campaigns(service):
    """Used codes are dumped even if their campaign is no longer in force."""
    world = await service.world()
    await world.bring(['quoted "," code', "plain"])
    single = (await world.call("IssueOnce", campaign_model_name="spring")).item.code
    codes = ["plain", 'quoted "," code', single]
    await use_all(world, codes, "alice")
    await world.put_in_force("summer")
    assert sorted(code for _, code in codes_of(await dump(service, "alice"))) == sorted(codes)


async def test_a_dump_is_made_when_it_is_fetched_and_can_be_fetched_again(service):
    """The URL shows the state of the moment; a new dump ends the old URL."""
    world = await service.world()
    first, second = await world.codes(2)
    await service.call("DumpUserDataByUserId", user_id="alice")
    url = (await service.call("CheckDumpUserDataByUserId", user_id="alice")).url
    for code in (first, second):
        await world.call("UseByUserId", user_id="alice", code=code)
        assert codes_of((await service.http("GET", url)).body)[-1] == (world.name, code)
    await service.call("DumpUserDataByUserId", user_id="alice")
    assert (await service.http("GET", url)).status == 404


async def test_cleaned_codes_stay_used_for_nobody(service):
    """USED at the same time as before, without the player, under a greater revision."""
    world = await service.world()
    codes = await world.codes(2)
    single = (await world.call("IssueOnce", campaign_model_name="spring")).item.code
    await world.bring(["imported"])
    codes += [single, "imported"]
    await use_all(world, codes, "alice")
    before = await states(world, codes)
    await clean(service, "alice")
    for old, new in zip(before, await states(world, codes), strict=True):
        assert (new.status, new.used_at, new.HasField("used_user_id")) == (USED, old.used_at, False)
        assert new.revision > old.revision
    assert await dump(service, "alice") == b""


async def test_an_erased_code_can_be_neither_used_nor_reverted(service):
    """Neither by the player nor by another: a used code must not come to life again."""
    world = await service.world()
    (code,) = await world.codes()
    await world.call("UseByUserId", user_id="alice", code=code)
    await clean(service, "alice")
    before = await states(world, [code])
    for user_id in ("alice", "bob"):
        for rpc, cause in (("UseByUserId", "used"), ("RevertUseByUserId", "other_user")):
            with refused("CODE_STATUS_INVALID") as refusal:
                await world.call(rpc, user_id=user_id, code=code)
            assert (refusal.metadata["status"], refusal.metadata["cause"]) == ("USED", cause)
    assert await states(world, [code]) == before


async def test_cleaning_leaves_other_players_alone(service):
    """Not a field of theirs changes, nor of unused codes."""
    world = await service.world()
    codes = await world.codes(9)
    for number, code in enumerate(codes[:6]):
        await world.call("UseByUserId", user_id=("alice", "alice2", "Alice")[number % 3], code=code)
    others = [code for number, code in enumerate(codes) if number not in {0, 3}]
    before = await states(world, others)
    await clean(service, "alice")
    assert await states(world, others) == before


async def test_cleaning_leaves_the_players_name_in_no_table(service):
    """Except in the record that an erasure was requested, for a week, and in events, until they are removed."""
    world = await service.world()
    codes = await world.codes(2)
    await world.bring(["imported"])
    for code in [*codes, "imported"]:
        await world.as_player("Use", "player-4711", code=code, duplication_avoider=code)
    await clean(service, "player-4711")
    tables = {table for table, rows in (await service.dump()).items() if any("player-4711" in row for row in rows)}
    assert tables == {"user_data_job", "event"}


async def test_cleaning_many_codes_takes_steps_and_ends(service):
    """More than a step of them: the work is said to be running until the last one is done."""
    world = await service.world()
    job = await world.issue(1201)
    codes = [item.code for item in await world.keys(job)]
    await use_all(world, codes[:1200], "alice")
    await use_all(world, codes[1200:], "bob")
    await service.call("CleanUserDataByUserId", user_id="alice")
    steps = 0
    while await is_running(service, "CheckCleanUserDataByUserId", user_id="alice"):
        await service.maintenance.step()
        steps += 1
    assert steps > 1
    items = await world.keys(job)
    assert {item.status for item in items} == {USED}
    assert [item.used_user_id for item in items if item.HasField("used_user_id")] == ["bob"]


async def test_cleaning_reaches_every_namespace(service):
    """Also when there are more than one step looks through, wherever the codes are."""
    worlds = [await service.world() for _ in range(120)]
    worlds.sort(key=lambda world: world.name)
    used = []
    for number in (0, 49, 50, 51, 99, 119):
        (code,) = await worlds[number].codes()
        await worlds[number].call("UseByUserId", user_id="alice", code=code)
        used.append((worlds[number], code))
    await clean(service, "alice")
    for world, code in used:
        (item,) = await states(world, [code])
        assert (item.status, item.HasField("used_user_id")) == (USED, False)


async def test_the_housekeeping_cleans_by_itself(own_service):
    """The client only polls, and waits for as long as the response says."""
    world = await own_service.world()
    codes = await world.codes(3)
    await use_all(world, codes, "alice")
    await own_service.call("CleanUserDataByUserId", user_id="alice")
    async with asyncio.timeout(WAIT_SECONDS):
        while await is_running(own_service, "CheckCleanUserDataByUserId", user_id="alice"):  # noqa: ASYNC110 -- as a client waits
            await asyncio.sleep(0.01)
    assert not any(item.HasField("used_user_id") for item in await states(world, codes))


USER_DATA_RPCS = {
    "DumpUserDataByUserId": {},
    "CheckDumpUserDataByUserId": {},
    "CleanUserDataByUserId": {},
    "CheckCleanUserDataByUserId": {},
    "PrepareImportUserDataByUserId": {},
    "ImportUserDataByUserId": {"upload_token": "x"},
    "CheckImportUserDataByUserId": {"upload_token": "x"},
}


@pytest.mark.parametrize("rpc", USER_DATA_RPCS)
async def test_a_key_limited_to_namespaces_is_refused(service, rpc):
    """User data is of all namespaces."""
    world = await service.world()
    request = auth_pb.CreateKeyRequest(role=options_pb2.ROLE_ADMIN, namespace_names=[world.name])
    made = await service.auth.CreateKey(request, metadata=service.admin)
    limited = bearer(f"{made.item.key_id}.{made.secret}")
    fields = getattr(pb, f"{rpc}Request")(user_id="alice", **USER_DATA_RPCS[rpc])
    with refused("NAMESPACE_NOT_ALLOWED"):
        await getattr(service.serial_keys, rpc)(fields, metadata=limited)


@pytest.mark.parametrize(
    ("rpc", "component", "fields"),
    [
        ("CheckDumpUserDataByUserId", "dump", {}),
        ("CheckCleanUserDataByUserId", "clean", {}),
        ("CheckImportUserDataByUserId", "import", {"upload_token": "x"}),
    ],
)
async def test_a_check_without_a_start_is_not_found(service, rpc, component, fields):
    """Also when another player's was started, or another kind."""
    await service.call("DumpUserDataByUserId", user_id="bob")
    await service.call("CleanUserDataByUserId", user_id="bob")
    await service.call(
        {"dump": "Clean", "clean": "Dump", "import": "Dump"}[component] + "UserDataByUserId", user_id="alice"
    )
    await work_off(service)
    with refused("USER_DATA_JOB_NOT_FOUND") as refusal:
        await service.call(rpc, user_id="alice", **fields)
    assert (refusal.code, refusal.metadata["component"]) == (grpc.StatusCode.NOT_FOUND, component)
