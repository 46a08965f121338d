"""Issuing: batches as ranges, codes alone, and what they cost."""

import asyncio
import re

import grpc
from redeemd.store.sql import query
from support.service import read_refusal, refused

CODE = re.compile(r"^[A-Z2-7]{5}-[A-Z2-7]{4}-[A-Z2-7]{5}-[A-Z2-7]{4}-[A-Z2-7]{4}$")


async def test_issue_returns_a_complete_job(world):
    """The job is COMPLETE with all codes when Issue returns, and GetIssueJob agrees."""
    job = await world.issue(100_000, metadata="{}")
    assert (job.status, job.issued_count, job.issue_request_count, job.revision) == (2, 100_000, 100_000, 1)
    assert job.metadata == "{}"
    assert job.issue_job_id == (
        f"grn:gs2:local:redeemd:serialKey:{world.name}:model:campaign:spring:issue:job:{job.name}"
    )
    answer = await world.call("GetIssueJob", campaign_model_name="spring", issue_job_name=job.name)
    assert answer.item == job


async def test_the_codes_of_a_batch_are_distinct_and_listed_in_order(world):
    """2,500 codes over three pages: all different, all ACTIVE, the same on every listing."""
    job = await world.issue(2500, metadata="m")
    keys = await world.keys(job)
    assert len({key.code for key in keys}) == 2500
    assert all(CODE.match(key.code) for key in keys)
    assert {(key.status, key.metadata, key.campaign_model_name, key.created_at) for key in keys} == {
        (1, "m", "spring", job.created_at)
    }
    assert keys == await world.keys(job, limit=999)


async def test_listing_shows_what_became_of_each_key(world):
    """Used and reverted keys are listed with their states between the untouched ones."""
    job = await world.issue(5)
    codes = [key.code for key in await world.keys(job)]
    used = (await world.call("UseByUserId", user_id="alice", code=codes[1])).item
    await world.call("UseByUserId", user_id="alice", code=codes[3])
    reverted = (await world.call("RevertUseByUserId", user_id="alice", code=codes[3])).item
    keys = await world.keys(job)
    assert keys[1] == used
    assert keys[3] == reverted
    assert [key.status for key in keys] == [1, 2, 1, 1, 1]


async def test_concurrent_batches_share_no_code(world):
    """32 batches and 32 single codes issued at once are all different."""
    jobs = await asyncio.gather(*(world.issue(50) for _ in range(32)))
    alone = await asyncio.gather(*(world.call("IssueOnce", campaign_model_name="spring") for _ in range(32)))
    codes = [key.code for job in jobs for key in await world.keys(job)] + [answer.item.code for answer in alone]
    assert len(set(codes)) == 32 * 50 + 32


async def test_jobs_are_listed_oldest_first(world):
    """Pages of jobs, in the order of issuing; jobs of other campaigns and single codes are not among them."""
    await world.put_in_force("spring", "summer")
    names = [(await world.issue(count)).name for count in range(1, 8)]
    await world.issue(1, campaign="summer")
    await world.call("IssueOnce", campaign_model_name="spring")
    found, token = [], None
    while token != "":
        page = await world.call("DescribeIssueJobs", campaign_model_name="spring", limit=3, page_token=token)
        found += [item.name for item in page.items]
        token = page.next_page_token
    assert found == names


async def test_issue_once_returns_a_code_that_can_be_used(world):
    """The returned code is ACTIVE, has its metadata, belongs to no job and works."""
    item = (await world.call("IssueOnce", campaign_model_name="spring", metadata="gift")).item
    assert CODE.match(item.code)
    assert (item.status, item.metadata) == (1, "gift")
    answer = await world.call("GetSerialKey", code=item.code)
    assert answer.item == item
    assert not answer.HasField("issue_job")
    assert (await world.as_player("Use", "alice", code=item.code)).item.metadata == "gift"


async def test_issuing_an_unknown_campaign_is_refused(world):
    """Not in the master data, or only a draft: NOT_FOUND campaignModel, and no job is left."""
    await world.call("CreateCampaignModelMaster", name="draft")
    for name in ("draft", "nowhere"):
        for rpc, fields in (("Issue", {"issue_request_count": 1}), ("IssueOnce", {})):
            with refused("CAMPAIGN_MODEL_NOT_FOUND") as refusal:
                await world.call(rpc, campaign_model_name=name, **fields)
            assert refusal.code == grpc.StatusCode.NOT_FOUND
        assert not (await world.call("DescribeIssueJobs", campaign_model_name=name)).items


async def test_an_unknown_job_is_refused(world):
    """A job of another campaign is as unknown as one that never was."""
    await world.put_in_force("spring", "summer")
    job = await world.issue(1)
    for campaign, name in (("spring", "nowhere"), ("summer", job.name)):
        for rpc in ("GetIssueJob", "DescribeSerialKeys"):
            with refused("ISSUE_JOB_NOT_FOUND") as refusal:
                await world.call(rpc, campaign_model_name=campaign, issue_job_name=name)
            assert refusal.metadata["component"] == "issueJob"


async def test_a_batch_costs_three_statements_and_one_row_and_its_event_whatever_its_size(own_service):
    """Issue of 1 and of 100,000 codes: at most 3 statements, one new row and one changed; and an event."""
    world = await own_service.world()
    for count in (1, 100_000):
        before = await own_service.dump()
        await world.issue(count)
        after = await own_service.dump()
        assert own_service.faults.statements <= 3 + 1
        new = {table: set(after[table]) - set(before[table]) for table in after}
        assert {table: len(rows) for table, rows in new.items() if rows} == {"issue_job": 1, "campaign": 1, "event": 1}
        assert len(after["campaign"]) == len(before["campaign"])


async def test_no_code_is_in_the_database(own_service):
    """Neither issued codes nor used ones nor responses stored for idempotency are in any table."""
    world = await own_service.world()
    codes = await world.codes(3)
    alone = await world.call("IssueOnce", campaign_model_name="spring", headers=[("idempotency-key", "k")])
    codes.append(alone.item.code)
    await world.as_player("Use", "alice", code=codes[0], duplication_avoider="twice")
    text = repr(await own_service.dump())
    assert "issue_job" in text
    assert not any(part in text for code in codes for part in (code, code.replace("-", "")))


async def test_a_page_of_keys_ends_at_3_mib(world):
    """Long metadata shortens the page; the pages together still are the whole batch."""
    job = await world.issue(1000, metadata="\U0001f600" * 2048)
    page = await world.call("DescribeSerialKeys", campaign_model_name="spring", issue_job_name=job.name, limit=1000)
    assert 1 <= len(page.items) < 1000
    assert page.ByteSize() <= 3 * 1024 * 1024 + 2048
    assert len(await world.keys(job)) == 1000


async def test_a_campaign_that_comes_back_goes_on_where_it_was(world):
    """Leaving and re-entering the master data neither repeats codes nor loses old ones."""
    first = await world.codes(10)
    await world.put_in_force("summer")
    await world.put_in_force("summer", "spring")
    second = await world.codes(10)
    assert not set(first) & set(second)
    assert (await world.as_player("Use", "alice", code=first[0])).item.status == 2


async def test_sequences_run_out_with_a_clear_refusal(own_service):
    """At the end of a campaign's sequences Issue returns NUMBERS_EXHAUSTED, and smaller batches still fit."""
    world = await own_service.world()
    near_the_end = query("near_the_end", "UPDATE campaign SET next_sequence = 549755813878")
    await own_service.store.run(lambda tx: tx.run(near_the_end), write=True)
    with refused("NUMBERS_EXHAUSTED"):
        await world.issue(11)
    codes = await world.codes(10)
    assert (await world.as_player("Use", "alice", code=codes[-1])).item.status == 2
    refusals = await asyncio.gather(*(world.issue(1) for _ in range(3)), return_exceptions=True)
    assert {read_refusal(error).reason for error in refusals} == {"NUMBERS_EXHAUSTED"}
