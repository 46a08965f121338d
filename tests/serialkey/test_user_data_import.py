"""A player's dump is brought back; what is no dump of this player by this service changes nothing."""

import json
import random
import re

import grpc
import pytest
from redeem.options.v1 import options_pb2
from support.clock import ManualClock
from support.service import refused, running
from support.user_data import (
    bring_back,
    clean,
    dump,
    is_running,
    report,
    states,
    upload,
    use_all,
    without_stamp,
    work_off,
)

RESTORED, UNCHANGED = "restored", "unchanged"
HOUR = 60 * 60
PLAYERS = ("alice", "bob", "carol")


@pytest.fixture
async def service(own_service):
    """A server of the test's own, whose housekeeping works when the test says so."""
    await own_service.stop_housekeeping()
    return own_service


async def played(service, count=3):
    """Return a new namespace in which alice used some codes, the codes, and her dump."""
    world = await service.world()
    codes = await world.codes(count)
    await use_all(world, codes, "alice")
    return world, codes, await dump(service, "alice")


async def content(service):
    """Return all rows but those that any call leaves about uploads and jobs, and that it was made."""
    tables = await service.dump()
    # The kind of an event follows its ID on SQLite, its ID and position on PostgreSQL.
    made = re.compile(rf"\((\d+, )?\d+, {options_pb2.EVENT_KIND_ADMINISTERED}, ")
    tables["event"] = [row for row in tables["event"] if not made.match(row)]
    return {name: rows for name, rows in tables.items() if name not in {"upload", "upload_chunk", "user_data_job"}}


async def test_an_import_after_a_cleaning_restores(service):
    """The codes are the player's again, used when they were, under a greater revision; the report says so."""
    world, codes, data = await played(service)
    before = await states(world, codes)
    service.clock.advance(seconds=HOUR)
    await clean(service, "alice")
    assert await bring_back(service, "alice", data) == {1: RESTORED, 2: RESTORED, 3: RESTORED}
    after = await states(world, codes)
    assert list(map(without_stamp, after)) == list(map(without_stamp, before))
    for old, new in zip(before, after, strict=True):
        assert new.revision > old.revision
        assert new.updated_at == service.clock.now
    await world.call("RevertUseByUserId", user_id="alice", code=codes[0])


async def act(world, codes, choices):
    """Use or revert some code as some player, if it can be."""
    code, user_id = choices.choice(codes), choices.choice(PLAYERS)
    rpc = choices.choice(["UseByUserId", "UseByUserId", "RevertUseByUserId", "SetSerialKeyStatus"])
    fields = {"user_id": user_id}
    if rpc == "SetSerialKeyStatus":
        fields = {"availability": choices.choice([1, 1, 2]), "reason": choices.choice(["why", ""])}
    try:
        await world.call(rpc, code=code, **fields)
    except grpc.aio.AioRpcError as error:
        assert error.code() == grpc.StatusCode.FAILED_PRECONDITION
    world.service.clock.now += choices.randrange(3)


@pytest.mark.parametrize("seed", range(6))
async def test_dump_clean_and_import_are_no_change(service, seed):
    """After any history, everything but revision and updated_at is as before, and of other players even those."""
    choices = random.Random(seed)
    places = []
    for number in range(2):
        world = await service.world()
        await world.bring([f"brought {number} {place}" for place in range(3)])
        codes = [*await world.codes(6), *(f"brought {number} {place}" for place in range(3))]
        codes.append((await world.call("IssueOnce", campaign_model_name="spring")).item.code)
        places.append((world, codes))
    for _ in range(60):
        await act(*choices.choice(places), choices)
    before = [item for place in places for item in await states(*place)]
    data = await dump(service, "alice")
    await clean(service, "alice")
    cleaned = [item for place in places for item in await states(*place)]
    for old, new in zip(before, cleaned, strict=True):
        assert (old == new) == (old.used_user_id != "alice")
    lines = len(data.splitlines())
    assert lines == sum(item.used_user_id == "alice" for item in before) > 0
    assert await bring_back(service, "alice", data) == dict.fromkeys(range(1, lines + 1), RESTORED)
    after = [item for place in places for item in await states(*place)]
    for old, new in zip(before, after, strict=True):
        assert without_stamp(new) == without_stamp(old)
        assert (old == new) == (old.used_user_id != "alice")


async def test_an_import_without_a_cleaning_changes_nothing(service):
    """Every line is `unchanged`, and so is every row; the same after an import that did restore."""
    _, _, data = await played(service)
    before = await content(service)
    assert set((await bring_back(service, "alice", data)).values()) == {UNCHANGED}
    assert await content(service) == before
    await clean(service, "alice")
    await bring_back(service, "alice", data)
    before = await content(service)
    assert set((await bring_back(service, "alice", data)).values()) == {UNCHANGED}
    assert await content(service) == before


async def test_a_code_that_another_player_used_meanwhile_stays_theirs(service):
    """It was reverted and used by bob: the line is skipped with a text, the others are restored."""
    world, codes, data = await played(service)
    await world.call("RevertUseByUserId", user_id="alice", code=codes[1])
    await world.call("UseByUserId", user_id="bob", code=codes[1])
    await clean(service, "alice")
    (before,) = await states(world, codes[1:2])
    assert await bring_back(service, "alice", data) == {1: RESTORED, 2: "used by another player", 3: RESTORED}
    assert await states(world, codes[1:2]) == [before]


async def test_codes_of_a_namespace_that_is_gone_are_skipped(service):
    """Neither those of a deleted one nor of one made again by its name come back; those of others do."""
    world, _, _ = await played(service, 1)
    other, (code,), data = await played(service, 1)
    gone, here = (1, 2) if world.name < other.name else (2, 1)  # lines are in the order of names: ns-10 before ns-9
    await clean(service, "alice")
    await world.call("DeleteNamespace")
    assert await bring_back(service, "alice", data) == {gone: "no such namespace", here: RESTORED}
    await service.call("CreateNamespace", name=world.name)
    await world.put_in_force("spring")
    await world.issue(5)
    assert await bring_back(service, "alice", data) == {gone: "no such code", here: UNCHANGED}
    assert [item.used_user_id for item in await states(other, [code])] == ["alice"]
    assert not (await world.call("DescribeRedemptions")).items


async def test_many_lines_are_imported_in_steps(service):
    """Every one of them, and the report lists the first 1,000."""
    world, codes, data = await played(service, 1203)
    before = await states(world, codes)
    await clean(service, "alice")
    told = await bring_back(service, "alice", data)
    assert told.pop(None) == "the outcomes of further lines are not reported"
    assert told == dict.fromkeys(range(1, 1001), RESTORED)
    assert list(map(without_stamp, await states(world, codes))) == list(map(without_stamp, before))


async def test_lines_may_come_in_any_order_and_with_empty_ones_between(service):
    """As text editors leave them; the report counts lines as the file does."""
    world, codes, data = await played(service)
    await clean(service, "alice")
    lines = data.splitlines()[::-1]
    assert await bring_back(service, "alice", b"\r\n\r\n".join(lines)) == {1: RESTORED, 3: RESTORED, 5: RESTORED}
    assert {item.used_user_id for item in await states(world, codes)} == {"alice"}


async def test_an_empty_file_is_the_dump_of_an_unknown_player(service):
    """It brings back nothing, and the report is empty."""
    assert await bring_back(service, "alice", await dump(service, "alice")) == {}


async def refuse(service, data, lines, user_id="alice"):
    """Upload something and expect it to be refused for these lines, with no trace."""
    token = await upload(service, user_id, data)
    before = await service.dump()
    with refused("USER_DATA_INVALID") as refusal:
        await service.call("ImportUserDataByUserId", user_id=user_id, upload_token=token)
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.metadata["component"] == "import"
    assert refusal.fields == [f"line {number}" for number in lines]
    await work_off(service)
    assert await service.dump() == before
    with refused("USER_DATA_JOB_NOT_FOUND"):
        await service.call("CheckImportUserDataByUserId", user_id=user_id, upload_token=token)


async def test_a_line_with_any_character_changed_is_refused(service):
    """Each place of a line in turn, 20 changed lines a file, all of which are named."""
    _, _, data = await played(service, 1)
    await clean(service, "alice")
    line = data.decode().rstrip("\n")
    changed = []
    for place, character in enumerate(line):
        other = {"0": "1", "a": "A", '"': "'"}.get(character, "0")
        changed.append(line[:place] + other + line[place + 1 :])
    assert len(set(changed) - {line}) == len(line)
    for start in range(0, len(changed), 20):
        step = changed[start : start + 20]
        await refuse(service, "\n".join(step).encode(), range(1, len(step) + 1))


def other_service(line):
    """Make a line claim to be another service's."""
    return json.dumps(json.loads(line) | {"service": "exchange"})


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (lambda _: ["nonsense"], [1]),
        (lambda lines: ["", *lines, "{}", "[]", "null", "1", '"x"'], [5, 6, 7, 8, 9]),
        (lambda lines: [lines[0], lines[1][: len(lines[1]) // 2]], [2]),
        (lambda lines: [lines[0] + lines[1]], [1]),
        (lambda lines: [other_service(lines[0]), lines[1]], [1]),
        (lambda _: ["bad"] * 25, range(1, 21)),
        (lambda lines: ['{"service":"serialKey","kind":[],"mac":1}', "\ufeff" + lines[0], "[" * 100_000], [1, 2, 3]),
    ],
    ids=["garbage", "other json", "half a line", "two in one", "another service", "25 bad ones", "hostile"],
)
async def test_a_file_with_a_bad_line_is_refused_as_a_whole(service, change, lines):
    """The lines are named, at most 20, and the good ones are not imported either."""
    _, _, data = await played(service, 3)
    await clean(service, "alice")
    await refuse(service, "\n".join(change(data.decode().splitlines())).encode(), lines)


async def test_bytes_that_are_no_text_are_refused(service):
    """An image, say."""
    await refuse(service, b"\xff\xd8\xff\xe0\n\x00\x00", [1, 2])


async def test_another_players_dump_is_refused(service):
    """Not even when both used codes."""
    _, _, data = await played(service, 1)
    await refuse(service, data, [1], user_id="bob")


async def test_another_servers_dump_is_refused(service, tmp_path):
    """A server with another master key, however alike its namespaces are."""
    (tmp_path / "other").mkdir()
    async with running(tmp_path / "other", clock=ManualClock()) as other:
        world, _, data = await played(other, 1)
    await service.call("CreateNamespace", name=world.name)
    await refuse(service, data, [1])


async def test_an_upload_can_be_imported_once_by_its_player_within_an_hour(service):
    """Unknown, not uploaded yet, another player's, taken before, expired: UPLOAD_NOT_FOUND."""
    _, _, data = await played(service, 1)
    empty = (await service.call("PrepareImportUserDataByUserId", user_id="alice")).upload_token
    taken, of_bob, good, old = [await upload(service, user_id, data) for user_id in ("alice", "bob", "alice", "alice")]
    await service.call("ImportUserDataByUserId", user_id="alice", upload_token=taken)
    await work_off(service)
    before = await content(service)
    for token in ("x", empty, of_bob, taken):
        await refuse_token(service, token)
    service.clock.advance(seconds=HOUR - 1)
    await service.call("ImportUserDataByUserId", user_id="alice", upload_token=good)
    service.clock.advance(seconds=1)
    await refuse_token(service, old)
    await work_off(service)
    assert await content(service) == before


async def refuse_token(service, token):
    """Expect that there is nothing to import under a token."""
    with refused("UPLOAD_NOT_FOUND") as refusal:
        await service.call("ImportUserDataByUserId", user_id="alice", upload_token=token)
    assert (refusal.code, refusal.metadata["component"]) == (grpc.StatusCode.NOT_FOUND, "uploadToken")


async def test_a_repeated_import_gets_the_stored_response(service):
    """The upload was taken by the first one; it is done once."""
    _, _, data = await played(service, 1)
    await clean(service, "alice")
    token = await upload(service, "alice", data)
    key = [("idempotency-key", "k")]
    for _ in range(2):
        await service.call("ImportUserDataByUserId", key, user_id="alice", upload_token=token)
        await work_off(service)
    assert await report(service, "alice", token) == {1: RESTORED}


async def test_a_check_says_that_an_import_is_running(service):
    """Until it is done, and each import for itself."""
    _, _, data = await played(service, 1)
    first, second = [{"user_id": "alice", "upload_token": await upload(service, "alice", data)} for _ in range(2)]
    await service.call("ImportUserDataByUserId", **first)
    assert await is_running(service, "CheckImportUserDataByUserId", **first)
    with refused("USER_DATA_JOB_NOT_FOUND"):
        await service.call("CheckImportUserDataByUserId", **second)
    await work_off(service)
    assert not await is_running(service, "CheckImportUserDataByUserId", **first)
