"""Campaigns that choose the format of their codes."""

import asyncio
import json

import grpc
import pytest
from support.guesses import exhaust, guess
from support.service import read_refusal, refused
from support.writes_failing import fail_at_each_statement

DIGITS = {"alphabet": "digits", "length": 16, "grouping": [4, 4, 4, 4]}
XMAS = {"alphabet": "noLookAlikes", "length": 16, "grouping": [8, 8], "prefix": "XMAS"}


async def put(world, **formats):
    """Put campaigns in force, with the formats of their codes."""
    models = [
        {"name": name} | ({"codeFormat": code_format} if code_format else {}) for name, code_format in formats.items()
    ]
    settings = json.dumps({"version": "2022-09-13", "campaignModels": models})
    return await world.call("UpdateCurrentCampaignMaster", settings=settings)


@pytest.fixture
async def world(service):
    """A namespace with a campaign whose codes are digits."""
    world = await service.world()
    await put(world, spring=DIGITS, winter=XMAS, plain=None)
    return world


def forget_formats(service):
    """Make a server know no format, as a replica does to which nobody told of those that are new."""
    for codecs in service.app.components.foundation.codecs._known.values():
        codecs.formats.adopt([])


async def test_codes_have_the_format_of_their_campaign(world):
    """Listed, read, used and verified, as they are printed; a campaign without a format has codes as before."""
    job = await world.issue(30)
    codes = [key.code for key in await world.keys(job)]
    assert len({code for code in codes if len(code) == 19 and code.replace("-", "").isdecimal()}) == 30
    found = await world.call("GetSerialKey", code=codes[3].replace("-", " "))
    assert (found.item.code, found.item.campaign_model_name, found.issue_job.name) == (codes[3], "spring", job.name)
    used = await world.as_player("Use", "alice", code=codes[0].replace("-", ""))
    assert (used.item.code, used.item.used_user_id) == (codes[0], "alice")
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "bob", code=codes[0])
    assert (await world.call("DescribeRedemptions", user_id="alice")).items[0].code == codes[0]
    (code,) = await world.codes(1, "winter")
    assert code.startswith("XMAS-")
    assert (await world.call("VerifyCodeByUserId", user_id="alice", code=code.lower(), verify_type=1)).item.code == code
    assert len((await world.codes(1, "plain"))[0]) == 26


async def test_a_code_issued_alone_has_the_format_too(world):
    """Different ones each time, which no batch has, and which batches are not listed with."""
    alone = [(await world.call("IssueOnce", campaign_model_name="spring")).item.code for _ in range(5)]
    codes = await world.codes(5)
    assert len(set(alone) | set(codes)) == 10
    assert (await world.as_player("Use", "alice", code=alone[4])).item.code == alone[4]
    jobs = await world.call("DescribeIssueJobs", campaign_model_name="spring")
    assert [job.issued_count for job in jobs.items] == [5]


async def test_files_have_the_lines_of_the_format(world):
    """Codes that a spreadsheet would take for numbers are quoted, as others are not."""
    for campaign in ("winter", "spring"):
        job = await world.issue(7, campaign)
        codes = [key.code for key in await world.keys(job, campaign)]
        link = await world.call("DownloadSerialCodes", campaign_model_name=campaign, issue_job_name=job.name)
        answer = await world.service.http("GET", link.url, headers={"Range": "bytes=40-"})
        assert answer.status == 200
        assert [line.strip('"\t') for line in answer.body.decode().splitlines()] == ["code", *codes]
        assert (b'"' in answer.body) == (campaign == "spring")


async def test_codes_open_after_their_format_was_changed_or_removed(world):
    """A batch keeps its format, whatever the master data says later."""
    (old,) = await world.codes(1)
    await put(world, spring={**DIGITS, "length": 21, "grouping": [21]}, winter=XMAS)
    (new,) = await world.codes(1)
    assert len(new) == 21
    assert (await world.as_player("Use", "alice", code=old)).item.code == old
    assert (await world.as_player("Use", "alice", code=new)).item.code == new
    await put(world, spring=None)
    assert len((await world.codes(1))[0]) == 26
    for code in (old, new):
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "bob", code=code)
    await put(world, winter=None)
    with refused("CAMPAIGN_MODEL_NOT_FOUND"):
        await world.as_player("Use", "bob", code=old)


@pytest.mark.parametrize(
    ("code_format", "field"),
    [
        ({"alphabet": "digits", "length": 15}, ".length"),
        ({"alphabet": "digits", "length": 16, "grouping": [4, 4]}, ".grouping"),
        ({"alphabet": "digits", "length": 16, "prefix": "x-"}, ".prefix"),
        ({"alphabet": "base32", "length": 22}, ".length"),
        ({"alphabet": "noLookAlikes", "length": 20}, ""),
        ({"length": 16}, ".alphabet"),
    ],
)
async def test_a_format_that_cannot_be_is_refused_by_name(world, code_format, field):
    """With its place in the document; what was in force stays. The last but one overlaps another."""
    with refused("MASTER_DATA_INVALID") as refusal:
        await put(world, spring=DIGITS, winter=XMAS, other=code_format)
    assert refusal.fields == [f"settings.campaignModels[2].codeFormat{field}"]
    assert len((await world.codes(1))[0]) == 19


async def test_a_draft_is_checked_as_the_model_is(world):
    """A draft has the format, and is refused where master data would be."""
    made = await world.call("CreateCampaignModelMaster", name="draft", code_format={"alphabet": 2, "length": 16})
    assert made.item.code_format.length == 16
    with refused("VALIDATION_FAILED") as refusal:
        await world.call("CreateCampaignModelMaster", name="short", code_format={"alphabet": 2, "length": 9})
    assert refusal.fields == ["code_format.length"]


async def test_only_a_format_without_codes_can_be_replaced(world):
    """By another one of the same shape: what was issued must keep opening."""
    letters = {"alphabet": "consonantsAndDigits", "length": 16}
    await put(world, spring=letters)
    await world.codes(1)
    with refused("MASTER_DATA_INVALID"):
        await put(world, spring=DIGITS)
    with refused("MASTER_DATA_INVALID"):
        await put(world, spring=None, summer={**letters, "grouping": [8, 8]})


async def test_a_namespace_has_a_limited_number_of_formats(world):
    """The seventeenth is refused."""
    sixteen = {f"c{letter}": DIGITS | {"prefix": letter} for letter in "ABCDEFGHJKMNPQRS"}
    await put(world, **sixteen)
    with refused("MASTER_DATA_INVALID") as refusal:
        await put(world, **sixteen, more=DIGITS | {"prefix": "X"})
    assert refusal.fields == ["settings.campaignModels[16].codeFormat"]


async def test_a_campaign_has_as_many_codes_as_its_format_holds(service):
    """The next power of two; then the numbers are exhausted, in batches. What fails leaves the rest."""
    world = await service.world()
    await put(world, spring={"alphabet": "digits", "length": 13, "codesPerCampaign": 100})
    codes = await world.codes(100)
    with refused("NUMBERS_EXHAUSTED"):
        await world.issue(29)
    codes += await world.codes(28)
    assert len(set(codes)) == 128
    assert (await world.as_player("Use", "alice", code=codes[127])).item.code == codes[127]


async def test_the_number_of_a_campaign_must_fit(service):
    """A format with 8 bits for it has no room for the 256th campaign of a namespace."""
    world = await service.world("c000")
    await put(world, **{f"c{number:03}": None for number in range(255)}, spring=None)
    with refused("MASTER_DATA_INVALID") as refusal:
        await put(world, c254=DIGITS, spring=DIGITS)
    assert refusal.fields == ["settings.campaignModels[1].codeFormat"]
    await put(world, c254=DIGITS)
    (code,) = await world.codes(1, "c254")
    assert (await world.as_player("Use", "alice", code=code)).item.campaign_model_name == "c254"


async def test_a_server_learns_of_a_format_from_its_first_code(world):
    """A replica that has not heard of it looks it up before it refuses a text."""
    codes = await world.codes(2)
    await world.as_player("Use", "alice", code=codes[0])
    forget_formats(world.service)
    await world.as_player("Use", "alice", code=codes[1])


async def test_codes_of_a_format_are_not_imported(world):
    """They are serial keys of the namespace already."""
    (code,) = await world.codes(1)
    with_code = await world.bring([code, "ANOTHER-CODE"], "winter", dry_run=True)
    assert [problem.kind for problem in with_code.problems] == [3]


async def test_wrong_codes_count_in_the_store_if_check_bits_are_few(own_service):
    """With 24 check bits they do; with 40, as in the default format, they do not. A genuine code is never a guess."""
    for code_format, counted in (({"alphabet": "base32", "length": 16}, False), (DIGITS, True)):
        world = await own_service.world()
        await put(world, spring=code_format)
        codes = await world.codes(1)
        await exhaust(world, times=20)
        assert bool((await own_service.dump())["guess_budget"]) == counted
        assert (await guess(world)).reason == "TOO_MANY_GUESSES"
        await world.as_player("Use", "mallory", code=codes[0])


async def test_a_failure_at_any_statement_leaves_no_trace(own_service):
    """Putting a format in force, replacing it, and the first codes that are issued in it."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    await fail_at_each_statement(own_service, lambda: put(world, spring=XMAS))
    await fail_at_each_statement(own_service, lambda: put(world, spring=DIGITS))
    await fail_at_each_statement(own_service, lambda: world.call("IssueOnce", campaign_model_name="spring"))
    await put(world, spring=XMAS)
    await fail_at_each_statement(own_service, lambda: world.issue(3))


async def test_issuing_while_the_format_is_replaced_leaves_codes_that_open(service):
    """The first code of a format against master data with another one of the same shape: one of them is refused, or
    comes first."""
    shapes = ({"alphabet": "digits", "length": 16}, {"alphabet": "base32", "length": 16})
    for attempt in range(6):
        world = await service.world()
        await put(world, spring=shapes[0])
        replies = await asyncio.gather(
            world.issue(1) if attempt % 2 else world.call("IssueOnce", campaign_model_name="spring"),
            put(world, spring=shapes[1]),
            return_exceptions=True,
        )
        for reply in replies:
            if isinstance(reply, grpc.aio.AioRpcError):
                assert read_refusal(reply).reason in {"MASTER_DATA_INVALID", "CONFLICT"}
        assert not all(isinstance(reply, Exception) for reply in replies)
        code = (await world.call("IssueOnce", campaign_model_name="spring")).item.code
        assert (await world.as_player("Use", "alice", code=code)).item.code == code
