"""Batches that are deleted: as a whole, or their unused keys."""

import json

import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.serialkey import deleting
from redeemd.store.sql import query
from support.imports import counts, jobs, listed, written
from support.service import refused

USED, INACTIVE = 2, 3
CARDS = [f"CARD-{number:04}" for number in range(200)]


async def delete(world, job, **fields):
    """Delete a batch of the campaign `spring`."""
    return await world.call("DeleteIssueJob", campaign_model_name="spring", issue_job_name=job.name, **fields)


async def unknown(world, code):
    """Check that a code is as one that was never issued, by every road."""
    for rpc, fields in (("UseByUserId", {}), ("RevertUseByUserId", {}), ("VerifyCodeByUserId", {"verify_type": 1})):
        with refused("CODE_NOT_FOUND"):
            await world.call(rpc, user_id="alice", code=code, **fields)
    for rpc, fields in (("GetSerialKey", {}), ("SetSerialKeyStatus", {"availability": 1})):
        with refused("SERIAL_KEY_NOT_FOUND"):
            await world.call(rpc, code=code, **fields)


@pytest.fixture(params=["issued", "imported"])
async def batch(request, world):
    """A batch, with some codes of it."""
    if request.param == "issued":
        job = await world.issue(200)
        return job, [key.code for key in await world.keys(job)]
    return (await world.bring(CARDS)).item, CARDS


async def test_an_unused_batch_is_deleted_as_a_whole(world, batch):
    """Also keys that were switched, or used and reverted; the batch before it and the one behind it stay."""
    job, codes = batch
    await world.call("UseByUserId", user_id="alice", code=codes[3])
    await world.call("RevertUseByUserId", user_id="alice", code=codes[3])
    await world.call("SetSerialKeyStatus", code=codes[4], availability=2)
    before, behind = await world.issue(1), await world.codes(1)
    assert (await delete(world, job)).item == job
    for code in (codes[0], codes[3], codes[4], codes[-1]):
        await unknown(world, code)
    for rpc in ("GetIssueJob", "DescribeSerialKeys", "DownloadSerialCodes", "SetIssueJobStatus", "DeleteIssueJob"):
        with refused("ISSUE_JOB_NOT_FOUND"):
            fields = {"availability": 1} if rpc == "SetIssueJobStatus" else {}
            await world.call(rpc, campaign_model_name="spring", issue_job_name=job.name, **fields)
    assert before in await jobs(world)
    assert job not in await jobs(world)
    assert (await world.call("UseByUserId", user_id="alice", code=behind[0])).item.status == USED


async def test_sequences_of_a_deleted_batch_are_not_issued_again(world):
    """No code is issued twice."""
    codes = set()
    for _ in range(3):
        job = await world.issue(50)
        new = {key.code for key in await world.keys(job)}
        assert not codes & new
        codes |= new
        await delete(world, job)


async def test_imported_codes_of_a_deleted_batch_can_be_imported_again(world):
    """At once, into any campaign, and they are new."""
    await world.put_in_force("spring", "summer")
    for campaign in ("spring", "summer", "spring"):
        report = await world.bring(CARDS, campaign)
        assert (report.imported_count, counts(report)) == (200, {})
        assert await listed(world, report.item, campaign) == CARDS
        fields = {"campaign_model_name": campaign, "issue_job_name": report.item.name}
        await world.call("DeleteIssueJob", **fields)
    await unknown(world, CARDS[0])


async def test_a_used_key_prevents_the_deletion(world, batch):
    """The refusal has the number of used keys, also of those whose user was erased, and nothing changes."""
    job, codes = batch
    for place in (1, 2, 5):
        await world.call("UseByUserId", user_id=f"{world.name}-{place}", code=codes[place])
    before = (await jobs(world), await world.keys(job))
    with refused("ISSUE_JOB_USED") as refusal:
        await delete(world, job)
    assert refusal.metadata["used_count"] == "3"
    assert (await jobs(world), await world.keys(job)) == before
    assert (await world.call("UseByUserId", user_id="bob", code=codes[0])).item.status == USED


async def test_used_keys_stay_if_only_the_unused_ones_are_deleted(world, batch):
    """They are listed and cannot be used again; the others are unknown. Once more, nothing changes."""
    job, codes = batch
    kept = [codes[1], codes[7], codes[-1]]
    user = f"{world.name}-alice"
    for code in kept:
        await world.call("UseByUserId", user_id=user, code=code)
    await world.call("SetSerialKeyStatus", code=codes[4], availability=2)
    left = (await delete(world, job, unused_only=True)).item
    assert (left.name, left.unused_deleted, left.issued_count) == (job.name, True, 200)
    assert await jobs(world) == [left]
    for code in (codes[0], codes[4], codes[-2]):
        await unknown(world, code)
    for limit in (1, 2, 1000):
        found = await world.keys(left, limit=limit)
        assert [(key.code, key.status, key.used_user_id) for key in found] == [(code, USED, user) for code in kept]
    redemptions = (await world.call("DescribeRedemptions", user_id=user)).items
    assert [key.code for key in redemptions] == kept
    with refused("CODE_STATUS_INVALID"):
        await world.call("UseByUserId", user_id="bob", code=kept[0])
    assert (await world.call("GetSerialKey", code=kept[0])).issue_job == left
    assert (await delete(world, job, unused_only=True)).item == left
    with refused("ISSUE_JOB_USED") as refusal:
        await delete(world, job)
    assert refusal.metadata["used_count"] == "3"


async def test_used_keys_that_stay_are_exported(world, batch):
    """By the stream, with their states."""
    job, codes = batch
    await world.call("UseByUserId", user_id="alice", code=codes[9])
    await delete(world, job, unused_only=True)
    request = pb.StreamSerialKeysRequest(
        namespace_name=world.name, campaign_model_name="spring", issue_job_name=job.name
    )
    stream = world.service.serial_keys.StreamSerialKeys(request, metadata=world.service.admin)
    chunks = [chunk async for chunk in stream]
    assert [(list(chunk.codes), [(state.index, state.status) for state in chunk.states]) for chunk in chunks] == [
        ([codes[9]], [(0, USED)])
    ]


async def test_a_use_that_is_reverted_after_the_deletion_leaves_no_key(world, batch):
    """The revert succeeds, and the key goes the way of the unused ones; with the last of them, the batch can go."""
    job, codes = batch
    await world.call("UseByUserId", user_id="alice", code=codes[9])
    await delete(world, job, unused_only=True)
    item = (await world.call("RevertUseByUserId", user_id="alice", code=codes[9])).item
    assert (item.code, item.status, item.used_user_id) == (codes[9], INACTIVE, "")
    await unknown(world, codes[9])
    assert await world.keys(job) == []
    await delete(world, job)
    assert await jobs(world) == []


async def test_a_key_for_several_players_stays_once_one_has_used_it(world):
    """Nobody else can use it after the deletion."""
    model = {"name": "spring", "usesPerKey": 3}
    settings = json.dumps({"version": "2022-09-13", "campaignModels": [model]})
    await world.call("UpdateCurrentCampaignMaster", settings=settings)
    job = (await world.bring(CARDS)).item
    await world.call("UseByUserId", user_id="alice", code=CARDS[3])
    with refused("ISSUE_JOB_USED"):
        await delete(world, job)
    await delete(world, job, unused_only=True)
    with refused("CODE_STATUS_INVALID") as refusal:
        await world.call("UseByUserId", user_id="bob", code=CARDS[3])
    assert refusal.metadata["cause"] == "inactive"
    assert [(key.code, key.status) for key in await world.keys(job)] == [(CARDS[3], INACTIVE)]
    assert (await world.bring(CARDS, skip_problems=True)).imported_count == len(CARDS) - 1
    redemptions = (await world.call("DescribeRedemptions", campaign_model_name="spring")).items
    assert [key.code for key in redemptions] == [CARDS[3]]


async def test_unused_imported_codes_can_be_imported_again_and_used_ones_cannot(world):
    """At once; a key whose use is reverted later as well."""
    job = (await world.bring(CARDS)).item
    for code in (CARDS[0], CARDS[150]):
        await world.call("UseByUserId", user_id="alice", code=code)
    await delete(world, job, unused_only=True)
    report = await world.bring(CARDS, skip_problems=True)
    assert (report.imported_count, sum(counts(report).values())) == (198, 2)
    await world.call("RevertUseByUserId", user_id="alice", code=CARDS[150])
    assert (await world.bring([CARDS[150]])).imported_count == 1


async def test_rows_of_a_deleted_import_are_removed_in_steps(own_service):
    """By the housekeeping: all of them, or all but those of used keys."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    for unused_only, left in ((False, 0), (True, 1)):
        job = (await world.bring(CARDS)).item
        if unused_only:
            await world.call("UseByUserId", user_id="alice", code=CARDS[100])
        await delete(world, job, unused_only=unused_only)
        assert await written(world) == 200
        while await own_service.maintenance.step():
            pass
        assert await written(world) == left


async def test_a_deletion_with_a_key_is_repeated(world):
    """The reply is that of the first call."""
    job = await world.issue(2)
    fields = {"namespace_name": world.name, "campaign_model_name": "spring", "issue_job_name": job.name}
    key = [("idempotency-key", "once")]
    first, second = [await world.service.call("DeleteIssueJob", headers=key, **fields) for _ in range(2)]
    assert first == second


async def test_an_interrupted_deletion_is_undone(own_service):
    """Until then, codes of the batch are refused with CONFLICT; another deletion takes over."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    job = await world.issue(1)
    (code,) = [key.code for key in await world.keys(job)]
    close = query("close_all", "UPDATE issue_job SET status = status + 2, updated_at = :now")
    now = own_service.clock.now
    await own_service.store.run(lambda tx: tx.run(close, now=now), write=True)
    with refused("CONFLICT"):
        await world.call("UseByUserId", user_id="alice", code=code)
    assert (await world.call("GetSerialKey", code=code)).item.status == 1
    own_service.clock.advance(seconds=deleting.CLOSED_SECONDS_MAX + 1)
    await own_service.maintenance.step()
    assert (await world.call("UseByUserId", user_id="alice", code=code)).item.status == USED
    await world.call("RevertUseByUserId", user_id="alice", code=code)
    await own_service.store.run(lambda tx: tx.run(close, now=now), write=True)
    await delete(world, job)
