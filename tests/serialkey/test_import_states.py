"""Codes that are imported with their states: those that were used elsewhere answer "already used" to everybody."""

import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from support.imports import (
    ACTIVE,
    CONFLICT,
    DUPLICATE,
    INACTIVE,
    STATE,
    USED,
    bring_states,
    counts,
    jobs,
    message,
    problems,
    send,
    status_of,
    use,
    used,
)
from support.service import refused

AT = 1_700_000_000_000
FREE, OFF = {"status": ACTIVE}, {"status": INACTIVE}
FILE = {
    "used": used(),
    "anonymous": used(None),
    "free": FREE,
    "off": OFF,
    "noted": used("bob", AT + 1, metadata="gift"),
}


async def test_codes_have_the_states_of_the_file(world):
    """To everybody, also to the player who used one elsewhere; what is unused is redeemable once."""
    report = await bring_states(world, FILE, metadata="batch")
    assert (report.imported_count, report.unchanged_count, report.used_count) == (5, 0, 0)
    found = {code: await status_of(world, code) for code in FILE}
    assert [found[code].status for code in FILE] == [USED, USED, ACTIVE, INACTIVE, USED]
    assert [(found[code].used_user_id, found[code].used_at) for code in ("used", "noted")] == [
        ("alice", AT),
        ("bob", AT + 1),
    ]
    assert [found[code].metadata for code in ("used", "noted")] == ["batch", "gift"]
    asked = [("used", "alice"), ("used", "carol"), ("anonymous", "carol"), ("noted", "bob"), ("off", "carol")]
    assert [await use(world, *each) for each in asked] == ["used", "used", "used", "used", "inactive"]
    assert [await use(world, "free") for _ in range(2)] == ["OK", "used"]


async def test_used_codes_are_listed_and_counted(world):
    """In the batch, in the redemptions of the campaign and of the player, and in the numbers of the campaign."""
    report = await bring_states(world, FILE)
    keys = {key.code: key for key in await world.keys(report.item)}
    assert [keys[code].status for code in FILE] == [USED, USED, ACTIVE, INACTIVE, USED]
    assert keys["noted"].metadata == "gift"
    redemptions = (await world.call("DescribeRedemptions")).items
    assert {(it.code, it.used_user_id, it.metadata) for it in redemptions} == {
        ("used", "alice", ""),
        ("anonymous", "", ""),
        ("noted", "bob", "gift"),
    }
    [own] = (await world.call("DescribeRedemptions", user_id="alice")).items
    assert own.code == "used"
    status = (await world.call("GetCampaignStatus", campaign_model_name="spring")).item
    assert (status.counts.imported, status.counts.used, status.counts.remaining) == (5, 3, 2)
    curve = (
        await world.call("GetRedemptionCounts", campaign_model_name="spring", unit=pb.REDEMPTION_COUNT_UNIT_DAY)
    ).items
    assert sum(point.counts.used for point in curve) == 3


async def test_a_use_is_reverted_as_any(world):
    """Support can give a code back that was used elsewhere."""
    await bring_states(world, FILE)
    await world.call("RevertUseByUserId", user_id="alice", code="used")
    assert await use(world, "used") == "OK"


async def test_limits_count_what_was_used_elsewhere(world):
    """Per player, and in total; the import itself may exceed them."""
    await world.put_models(spring={"usesPerUser": 2, "usesTotal": 4})
    await bring_states(world, {"a": used(), "b": used(), "c": used("bob"), "d": FREE, "e": FREE, "f": FREE})
    with refused("ALREADY_REDEEMED"):
        await world.call("UseByUserId", user_id="alice", code="d")
    assert await use(world, "d", "bob") == "OK"
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.call("UseByUserId", user_id="carol", code="e")
    await bring_states(world, {"g": used("dora"), "h": used("dora"), "i": used("dora")})
    await world.put_models(spring={"usesTotal": 8})
    assert await use(world, "e") == "OK"
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.call("UseByUserId", user_id="carol", code="f")


async def test_a_repeated_import_changes_nothing(world):
    """Every code is here in the same state: nothing is a problem, and no batch is made."""
    await bring_states(world, FILE)
    again = await bring_states(world, FILE)
    assert (again.imported_count, again.unchanged_count, counts(again)) == (0, 5, {})
    assert not again.HasField("item")
    assert len(await jobs(world)) == 1


async def test_a_file_that_grew_brings_only_what_is_new(world):
    """An export after the rehearsal: some codes are new, some were used since."""
    await bring_states(world, {"a": FREE, "b": FREE, "c": used()})
    report = await bring_states(world, {"a": used("bob", AT + 5), "b": FREE, "c": used(), "d": used("dora")})
    assert (report.imported_count, report.used_count, report.unchanged_count, counts(report)) == (1, 1, 2, {})
    assert await use(world, "a") == "used"
    found = await status_of(world, "a")
    assert (found.used_user_id, found.used_at) == ("bob", AT + 5)
    assert [await use(world, code) for code in "bcd"] == ["OK", "used", "used"]


async def test_states_that_differ_are_reported_and_stay(world):
    """Never overwritten; the report says what is here."""
    await bring_states(world, {"a": FREE, "b": used(), "c": OFF, "d": FREE})
    await world.call("UseByUserId", user_id="carol", code="a")
    other = {"a": used("bob"), "b": FREE, "c": FREE, "d": OFF}
    report = await bring_states(world, other)
    assert problems(report) == [(place, STATE) for place in range(4)]
    assert [(it.status, it.used_user_id) for it in report.problems] == [
        (USED, "carol"),
        (USED, "alice"),
        (INACTIVE, ""),
        (ACTIVE, ""),
    ]
    found = [await status_of(world, code) for code in other]
    assert [it.used_user_id for it in found] == ["carol", "alice", "", ""]
    assert [it.status for it in found] == [USED, USED, INACTIVE, ACTIVE]


async def test_one_problem_prevents_all_unless_it_is_skipped(world):
    """Neither new codes come in nor do codes that are here become used."""
    await bring_states(world, {"a": FREE, "b": used()})
    file = {"a": used("bob"), "b": used("bob"), "c": used("bob")}
    refused_whole = await bring_states(world, file)
    assert (refused_whole.imported_count, refused_whole.used_count) == (0, 0)
    assert await use(world, "a") == "OK"
    await world.call("RevertUseByUserId", user_id="carol", code="a")
    report = await bring_states(world, file, skip_problems=True)
    assert (report.imported_count, report.used_count, counts(report)) == (1, 1, {STATE: 1})
    assert [await use(world, code) for code in "abc"] == ["used"] * 3


async def test_a_dry_run_reports_the_same_and_changes_nothing(world):
    """The report counts the codes that would be imported, marked as used, and left unchanged."""
    await bring_states(world, {"a": FREE, "b": FREE})
    report = await bring_states(world, {"a": used(), "b": FREE, "c": used()}, dry_run=True)
    assert (report.imported_count, report.used_count, report.unchanged_count) == (1, 1, 1)
    assert await use(world, "a") == "OK"
    with refused("CODE_NOT_FOUND"):
        await world.call("UseByUserId", user_id="carol", code="c")


async def test_codes_of_another_campaign_and_repeated_codes_are_problems(world):
    """Whatever their states."""
    await world.put_in_force("spring", "summer")
    await bring_states(world, {"a": used()})
    assert problems(await bring_states(world, {"a": used()}, campaign="summer")) == [(0, CONFLICT)]
    twice = [message(world, ["a", "A"], states=[pb.ImportedState(**used())] * 2)]
    assert problems(await send(world, twice)) == [(1, DUPLICATE)]
    assert problems(await world.bring(["a"])) == [(0, CONFLICT)]


@pytest.mark.parametrize(
    ("states", "field"),
    [
        ([{"status": ACTIVE}], "states"),
        ([{"status": ACTIVE}, {"status": 0}], "states[1].status"),
        ([{"status": ACTIVE}, {"status": INACTIVE, "used_user_id": "alice"}], "states[1].status"),
        ([{"status": ACTIVE}, {"status": USED, "used_at": 1_700_000_000}], "states[1].used_at"),
        ([{"status": USED, "used_user_id": "a:b"}, {"status": USED}], "states[0].used_user_id"),
    ],
)
async def test_states_that_say_nothing_sensible_are_refused(world, states, field):
    """With their path; nothing is imported."""
    given = [pb.ImportedState(**state) for state in states]
    with refused("VALIDATION_FAILED") as refusal:
        await send(world, [message(world, ["a", "b"], states=given)])
    assert refusal.fields == [field]
    assert not await jobs(world)


async def test_states_are_in_all_messages_or_in_none(world):
    """Otherwise a message that lost them would make used codes usable."""
    first = message(world, ["a"], states=[pb.ImportedState(status=USED)])
    with refused("VALIDATION_FAILED") as refusal:
        await send(world, [first, message(world, ["b"])])
    assert refusal.fields == ["states"]


async def test_many_codes_in_many_messages(own_service):
    """More than a step, in every state; then their rows are as if they had been used here."""
    world = await own_service.world()
    kinds = [used(), FREE, OFF, used("bob", AT + 900_000)]
    file = {f"code-{number}": kinds[number % 4] for number in range(2300)}
    report = await bring_states(world, file, size=700)
    assert report.imported_count == 2300
    status = (await world.call("GetCampaignStatus", campaign_model_name="spring")).item
    assert (status.counts.imported, status.counts.used) == (2300, 1150)
    keys = await world.keys(report.item)
    assert {key.code: key.status for key in keys} == {code: state["status"] for code, state in file.items()}
    tables = await own_service.dump()
    assert tables["imported_state"] == []
