"""Batches of up to a billion codes cost what a batch of one costs."""

import asyncio
from types import SimpleNamespace

import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2
from support.service import refused

ACTIVE, USED, INACTIVE = 1, 2, 3
COMPLETE = resources_pb2.ISSUE_JOB_STATUS_COMPLETE
BILLION = 1_000_000_000
SEQUENCES = 1 << 39  # of a campaign's batches
HEADER_BYTES, LINE_BYTES = len("code\n"), len("XXXXX-XXXX-XXXXX-XXXX-XXXX\n")


async def issue(world, count, **fields):
    """Issue a batch by IssueBatch; return its job."""
    return (await world.call("IssueBatch", campaign_model_name="spring", count=count, **fields)).item


async def download(world, job, lines):
    """Fetch some lines of the CSV file, from a place on; negative places count from the end."""
    url = (await world.call("DownloadSerialCodes", campaign_model_name="spring", issue_job_name=job.name)).url
    start, count = lines
    first = HEADER_BYTES + (start + job.issued_count if start < 0 else start) * LINE_BYTES
    headers = {"Range": f"bytes={first}-{first + count * LINE_BYTES - 1}"}
    answer = await world.service.http("GET", url, headers=headers)
    assert answer.status == 206
    return answer.text.splitlines()


def cursor_at(world, job, start):
    """Make the cursor that a stream returns in front of a place; the server would have made it on the way there."""
    request = pb.StreamSerialKeysRequest(**batch_of(world, job))
    method = "redeem.serialkey.v1.SerialKeyService/StreamSerialKeys"
    return world.service.app.components.foundation.pager.token(
        SimpleNamespace(message=request, method=method), str(start)
    )


def batch_of(world, job):
    """Return the fields that name a batch."""
    return {"namespace_name": world.name, "campaign_model_name": "spring", "issue_job_name": job.name}


async def stream(world, job, start):
    """Stream a batch from a place on; return its chunks."""
    request = pb.StreamSerialKeysRequest(cursor=cursor_at(world, job, start), **batch_of(world, job))
    chunks = world.service.serial_keys.StreamSerialKeys(request, metadata=world.service.admin)
    return [chunk async for chunk in chunks]


async def test_a_billion_codes_are_one_row(own_service):
    """One issue job, COMPLETE; no table but those of the batches and the events has a row more."""
    world = await own_service.world()
    before = await own_service.dump()
    job = await issue(world, BILLION, metadata="launch", valid_until=own_service.clock.now + 1)
    after = await own_service.dump()
    assert (job.issued_count, job.issue_request_count, job.status, job.metadata) == (
        BILLION,
        BILLION,
        COMPLETE,
        "launch",
    )
    assert job.valid_until == own_service.clock.now + 1
    assert (await world.call("DescribeIssueJobs", campaign_model_name="spring")).items == [job]
    more = {table: len(after[table]) - len(before[table]) for table in after if len(after[table]) != len(before[table])}
    assert more == {"issue_job": 1, "event": 1}


async def test_codes_at_both_ends_of_a_billion_are_good(world):
    """The first and the last line of the file can be used, verified and reverted; they belong to the batch."""
    job = await issue(world, BILLION)
    (first,), (last,) = await download(world, job, (0, 1)), await download(world, job, (-1, 1))
    for code in (first, last):
        answer = await world.as_player("Use", "alice", code=code)
        assert (answer.item.code, answer.item.used_user_id) == (code, "alice")
        assert (await world.call("GetSerialKey", code=code)).issue_job == job
        await world.call("RevertUseByUserId", user_id="alice", code=code)
        await world.as_player("VerifyCode", "bob", code=code, verify_type=1)


async def test_neighbouring_batches_do_not_overlap(world):
    """The last code of one and the first of the next are two codes, each of its own batch."""
    jobs = [await issue(world, count) for count in (1, BILLION, 3, BILLION)]
    for job in jobs:
        for place in (0, -1):
            (code,) = await download(world, job, (place, 1))
            assert (await world.call("GetSerialKey", code=code)).issue_job.name == job.name
    edges = [await download(world, job, (place, 1)) for job in jobs for place in (0, -1)]
    assert len({code for (code,) in edges}) == 7


async def test_a_stream_goes_on_near_the_end_of_a_billion(world):
    """With the states of what was touched, and no cursor after the last chunk."""
    job = await issue(world, BILLION)
    codes = await download(world, job, (-7, 7))
    await world.as_player("Use", "alice", code=codes[1])
    await world.call("SetSerialKeyStatus", code=codes[6], availability=2)
    (chunk,) = await stream(world, job, BILLION - 7)
    assert (list(chunk.codes), chunk.status, chunk.total_count) == (codes, ACTIVE, BILLION)
    assert [(state.index, state.status) for state in chunk.states] == [(1, USED), (6, INACTIVE)]
    assert not chunk.HasField("next_cursor")
    *_, previous, last = await stream(world, job, BILLION - 12_000)
    assert len(last.codes) < len(previous.codes)
    assert list(last.codes[-7:]) == codes


async def test_a_listing_of_a_billion_has_a_first_page(world):
    """Pages need nothing of the codes behind them."""
    job = await issue(world, BILLION)
    page = await world.call("DescribeSerialKeys", campaign_model_name="spring", issue_job_name=job.name, limit=3)
    assert [item.code for item in page.items] == await download(world, job, (0, 3))
    assert page.next_page_token


async def test_a_billion_codes_can_be_switched_off(world):
    """One row changes, and the codes at both ends are INACTIVE."""
    job = await issue(world, BILLION)
    await world.call("SetIssueJobStatus", campaign_model_name="spring", issue_job_name=job.name, availability=2)
    for place in (0, -1):
        (code,) = await download(world, job, (place, 1))
        assert (await world.call("GetSerialKey", code=code)).item.status == INACTIVE


@pytest.mark.parametrize("count", [0, -1, BILLION + 1, 2**63 - 1, -(2**63)])
async def test_the_count_is_bounded(world, count):
    """One to a billion, in 64 bits."""
    with refused("VALIDATION_FAILED") as refusal:
        await issue(world, count)
    assert refusal.fields == ["count"]


async def test_an_unknown_campaign_is_refused(world):
    """CAMPAIGN_MODEL_NOT_FOUND, also one that left the master data; nothing is taken of its numbers."""
    await issue(world, 1)
    await world.put_in_force("summer")
    for campaign in ("spring", "winter"):
        with refused("CAMPAIGN_MODEL_NOT_FOUND"):
            await world.call("IssueBatch", campaign_model_name=campaign, count=1)
    assert (await world.call("GetCampaignStatus", campaign_model_name="spring")).item.issued_count == 1


async def test_a_campaign_runs_out_of_numbers_to_the_last_one(world):
    """Batches fill 2^39 exactly; one code more is NUMBERS_EXHAUSTED, by every road but IssueOnce."""
    await world.put_in_force("spring", "summer")
    full, rest = divmod(SEQUENCES, BILLION)
    for _ in range(full // 50):
        await asyncio.gather(*(issue(world, BILLION) for _ in range(50)))
    await asyncio.gather(*(issue(world, BILLION) for _ in range(full % 50)))
    for count in (BILLION, rest + 1):
        with refused("NUMBERS_EXHAUSTED") as refusal:
            await issue(world, count)
        assert refusal.metadata["component"] == "campaignModel"
    job = await issue(world, rest)
    assert (await world.call("GetCampaignStatus", campaign_model_name="spring")).item.issued_count == SEQUENCES
    for rpc, fields in (("Issue", {"issue_request_count": 1}), ("IssueBatch", {"count": 1})):
        with refused("NUMBERS_EXHAUSTED"):
            await world.call(rpc, campaign_model_name="spring", **fields)
    with refused("NUMBERS_EXHAUSTED"):
        await world.bring(["brought along"])
    (last,) = await download(world, job, (-1, 1))
    assert (await world.as_player("Use", "alice", code=last)).item.status == USED
    single = (await world.call("IssueOnce", campaign_model_name="spring")).item.code
    assert (await world.as_player("Use", "alice", code=single)).item.status == USED
    await world.issue(1, "summer")
    assert last not in await world.codes(1, "summer")


async def test_batches_issued_at_once_share_no_code(world):
    """Their codes at both ends are all different and belong to different batches."""
    jobs = await asyncio.gather(*(issue(world, 1_000_000 + number) for number in range(16)))
    ends = {}
    for job in jobs:
        for place in (0, -1):
            (code,) = await download(world, job, (place, 1))
            ends[code] = (await world.call("GetSerialKey", code=code)).issue_job.name
    assert len(ends) == 32
    assert sorted(ends.values()) == sorted(job.name for job in jobs for _ in range(2))
