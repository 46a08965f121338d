"""Problems of codes and imports are reported, and nothing is imported unless the request allows it."""

import grpc
import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.serialkey.importing import limits
from support.imports import (
    CAMPAIGN_NAME,
    CONFLICT,
    DUPLICATE,
    SERIAL_KEY,
    WHITE_SPACE,
    counts,
    jobs,
    listed,
    message,
    problems,
    send,
    written,
)
from support.service import refused
from support.world import World

GOOD = [f"SUMMER-{n}" for n in range(3000)]


async def clean(world):
    """Return whether nothing of an import can be seen."""
    for code in GOOD[:2]:
        with refused("SERIAL_KEY_NOT_FOUND"):
            await world.call("GetSerialKey", code=code)
    return not await jobs(world)


@pytest.mark.parametrize("piece", [3000, 700], ids=["in-one-message", "across-messages"])
@pytest.mark.parametrize("place", [1, 998, 999, 1998, 2999])
async def test_a_code_that_comes_twice_is_a_duplicate_at_its_second_place(world, piece, place):
    """Whether both are in one step of 999, in different ones, or in different messages; the first is no problem."""
    codes = [*GOOD]
    codes[place] = codes[0]
    report = await world.bring(codes, piece=piece)
    assert (problems(report), counts(report)) == ([(place, DUPLICATE)], {DUPLICATE: 1})
    assert (report.received_count, report.imported_count, report.HasField("item")) == (3000, 0, False)
    assert await clean(world)


async def test_a_code_of_an_earlier_import_is_a_conflict_also_when_it_comes_twice(world):
    """Every place of it is a conflict; the earlier import is as it was."""
    job = (await world.bring(["a", "b"])).item
    report = await world.bring(["c", "b", "d", "b"])
    assert problems(report) == [(1, CONFLICT), (3, CONFLICT)]
    assert await listed(world, job) == ["a", "b"]
    assert await jobs(world) == [job]


async def test_what_opens_as_a_serial_key_cannot_be_imported(world):
    """An issued code, also as a player would type it; it stays what it was."""
    (code,) = await world.codes()
    wide = "".join(chr(ord(c) + 0xFEE0) if c != "-" else c for c in code)
    typed = [code, code.replace("-", ""), code.lower(), code.lower().replace("-", " "), wide]
    report = await world.bring(["a", *typed, "b"])
    assert problems(report) == [(place, SERIAL_KEY) for place in range(1, 6)]
    assert (await world.as_player("Use", "alice", code=code)).item.code == code


async def test_the_name_of_a_campaign_cannot_be_imported(world):
    """Neither of one in force nor of one that was, and may come back; an exact code in another spelling can."""
    await world.put_in_force("spring", "autumn")
    await world.put_in_force("spring")
    assert problems(await world.bring(["spring", "a", "autumn"])) == [(0, CAMPAIGN_NAME), (2, CAMPAIGN_NAME)]
    others = ["Spring", "spring-", "aut\u00famn"]
    assert problems(await world.bring(others)) == [(0, CAMPAIGN_NAME), (1, CAMPAIGN_NAME)]
    assert counts(await world.bring(others, match=pb.IMPORT_MATCH_EXACT)) == {}


async def test_a_code_with_white_space_around_it_cannot_be_imported(world):
    """Spaces of any width at either end, or nothing else; inside they are fine."""
    codes = [" a", "a ", "\u3000a", "a\u00a0", " ", "\u2003\u2003", "a b"]
    assert problems(await world.bring(codes)) == [(place, WHITE_SPACE) for place in range(6)]


async def test_every_problem_has_its_place_and_is_counted(world):
    """All kinds at once, over messages of four codes, in the order of the codes."""
    (issued,) = await world.codes()
    await world.bring(["old"])
    codes = ["a", "old", "a", " b", "c", issued, "spring", "d", "a", "old", "e ", "f"]
    report = await world.bring(codes, piece=4)
    assert problems(report) == [
        (1, CONFLICT), (2, DUPLICATE), (3, WHITE_SPACE), (5, SERIAL_KEY), (6, CAMPAIGN_NAME), (8, DUPLICATE),
        (9, CONFLICT), (10, WHITE_SPACE),
    ]  # fmt: skip
    assert counts(report) == {DUPLICATE: 2, CONFLICT: 2, SERIAL_KEY: 1, CAMPAIGN_NAME: 1, WHITE_SPACE: 2}
    assert report.received_count == 12


async def test_the_first_1000_problems_are_listed_and_all_are_counted(world):
    """Of both kinds, those found at once and those the store finds, in the order of the codes."""
    codes = [code for n in range(1500) for code in ("same", f" {n}")]
    report = await world.bring(codes, piece=2000)
    expected = [(place, WHITE_SPACE if place % 2 else DUPLICATE) for place in range(1, 1001)]
    assert problems(report) == expected
    assert counts(report) == {WHITE_SPACE: 1500, DUPLICATE: 1499}


async def test_with_skip_problems_the_good_ones_are_imported_without_gaps(world):
    """Exactly those without a problem, in their order, the first of each that came twice; the others are reported."""
    await world.bring(["old"])
    codes = [*GOOD[:1500], "old", " x", *GOOD[:2500], "spring", *GOOD]
    report = await world.bring(codes, piece=1100, skip_problems=True)
    assert (report.received_count, report.imported_count, report.item.issued_count) == (len(codes), 3000, 3000)
    assert counts(report) == {DUPLICATE: 4000, CONFLICT: 1, WHITE_SPACE: 1, CAMPAIGN_NAME: 1}
    assert await listed(world, report.item) == GOOD
    assert (await world.as_player("Use", "alice", code=GOOD[-1])).item.status == 2


async def test_with_skip_problems_and_nothing_good_there_is_no_batch(world):
    """All codes are problems: they are reported, and no empty batch is made."""
    report = await world.bring([" a", "spring"], skip_problems=True)
    assert (report.imported_count, report.HasField("item"), len(problems(report))) == (0, False, 2)
    assert not await jobs(world)


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("bad", [[], ["same", "same", " x", "spring"]], ids=["all-good", "with-problems"])
async def test_a_dry_run_reports_the_same_as_the_import_and_changes_nothing(world, bad, skip):
    """Run twice, then in earnest: the same counts and places; after a dry run nothing is there."""
    codes = [*GOOD[:1200], *bad]
    dry = [await world.bring(codes, dry_run=True, skip_problems=skip) for _ in range(2)]
    assert await clean(world)
    real = await world.bring(codes, skip_problems=skip)
    assert not dry[0].HasField("item")
    real.ClearField("item")
    assert dry == [real, real]


@pytest.mark.parametrize(
    ("codes", "field"),
    [
        (["a\x00"], "codes[0]"),
        (["a", "b\n"], "codes[1]"),
        (["\x85"], "codes[0]"),
        (["x" * 49], "codes[0]"),
        ([""], "codes[0]"),
        ([f"{n}" for n in range(10_001)], "codes"),
    ],
    ids=["nul", "line-end", "c1-control", "49-characters", "empty", "10001-in-a-message"],
)
@pytest.mark.parametrize("place", [0, 2])
async def test_codes_that_can_be_none_are_refused_in_any_message(world, codes, field, place):
    """VALIDATION_FAILED names the code; nothing of the messages before is imported."""
    pieces = [GOOD[:2], GOOD[2:4], GOOD[4:6]]
    pieces[place] = codes
    with refused("VALIDATION_FAILED") as refusal:
        await send(world, [message(world, piece) for piece in pieces])
    assert refusal.fields == [field]
    assert await clean(world)


async def test_bytes_that_are_no_message_are_refused_wherever_they_come(world):
    """As the third message, after two good ones: REQUEST_MALFORMED, and the codes can be imported next."""
    good = [message(world, GOOD[:2]), message(world, GOOD[2:4])]
    with refused("REQUEST_MALFORMED") as refusal:
        await send(world, [*good, b"\xff\xff\xff\xff"])
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert await clean(world)
    assert (await send(world, good)).imported_count == 4


async def test_every_message_names_the_same_namespace_and_campaign(world):
    """Another namespace, for which the caller was not checked, or another campaign in the second message is refused."""
    await world.put_in_force("spring", "summer")
    other = await world.service.world()
    for second, field in (
        (message(other, ["b"]), "namespace_name"),
        (message(world, ["b"], "summer"), "campaign_model_name"),
    ):
        with refused("VALIDATION_FAILED") as refusal:
            await send(world, [message(world, GOOD[:2]), second])
        assert refusal.fields == [field]
        assert await clean(world)
        assert not await jobs(other)


async def test_an_import_of_nothing_is_refused(world):
    """No message at all, or messages without a code; also as a dry run."""
    with refused("VALIDATION_FAILED") as refusal:
        await send(world, [])
    assert "namespace_name" in refusal.fields
    for pieces in ([[]], [[], []]):
        for dry_run in (False, True):
            with refused("VALIDATION_FAILED") as refusal:
                await send(world, [message(world, codes, dry_run=dry_run) for codes in pieces])
            assert refusal.fields == ["codes"]
    assert not await jobs(world)


async def test_more_codes_than_a_call_may_have_are_refused(world, monkeypatch):
    """As soon as they are too many, counted over all messages; just as many as may be are imported."""
    assert limits.CODES_MAX == 1_000_000
    monkeypatch.setattr(limits, "CODES_MAX", 100)
    with refused("VALIDATION_FAILED") as refusal:
        await world.bring(GOOD[:101], piece=40)
    assert refusal.fields == ["codes"]
    assert await clean(world)
    assert (await world.bring(GOOD[:100], piece=40)).imported_count == 100


async def test_unknown_campaigns_and_namespaces_are_refused(world):
    """NOT_FOUND: a namespace that is none, a campaign that is none, that is only a draft, or that left."""
    await world.call("CreateCampaignModelMaster", name="draft")
    await world.put_in_force("spring", "left")
    await world.put_in_force("spring")
    for campaign in ("nowhere", "draft", "left"):
        with refused("CAMPAIGN_MODEL_NOT_FOUND"):
            await world.bring(["a"], campaign)
    with refused("NAMESPACE_NOT_FOUND"):
        await World(world.service, "nowhere").bring(["a"])


async def test_what_a_refused_import_wrote_is_no_conflict_for_the_next(world):
    """An import of 3,000 with a problem at its end wrote steps; the next one of the same codes takes all of them."""
    assert problems(await world.bring([*GOOD, " "])) == [(3000, WHITE_SPACE)]
    report = await world.bring(GOOD)
    assert (counts(report), report.imported_count) == ({}, 3000)
    assert await written(world) == 3000
