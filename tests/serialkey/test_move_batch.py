"""Batches that are moved to another campaign."""

import asyncio

import grpc
import pytest
from support.imports import jobs, listed
from support.service import read_refusal, refused

ACTIVE, USED = 1, 2
CARDS = [f"CARD-{number:04}" for number in range(20)]


@pytest.fixture
async def world(service):
    """A namespace with two campaigns."""
    return await service.world("spring", "summer")


@pytest.fixture(params=["issued", "imported"])
async def batch(request, world):
    """A batch of the campaign `spring`, with its codes."""
    if request.param == "issued":
        job = await world.issue(20)
        return job, [key.code for key in await world.keys(job)]
    return (await world.bring(CARDS)).item, CARDS


async def move(world, job, to, campaign="spring"):
    """Move a batch; return it as it is then."""
    fields = {"campaign_model_name": campaign, "issue_job_name": job.name, "to_campaign_model_name": to}
    return (await world.call("MoveIssueJob", **fields)).item


async def use(world, code, user_id="alice"):
    """Use a code; return it with its campaign."""
    return await world.call("UseByUserId", user_id=user_id, code=code)


async def test_a_moved_batch_belongs_to_its_new_campaign(world, batch):
    """Listings, states and uses name it; the codes stay; in the old campaign there is no such batch."""
    job, codes = batch
    moved = await move(world, job, "summer")
    assert (moved.name, moved.revision) == (job.name, job.revision + 1)
    assert "summer" in moved.issue_job_id
    assert (await jobs(world), await jobs(world, "summer")) == ([], [moved])
    assert await listed(world, job, "summer") == codes
    assert {key.campaign_model_name for key in await world.keys(job, "summer")} == {"summer"}
    with refused("ISSUE_JOB_NOT_FOUND"):
        await world.call("GetIssueJob", campaign_model_name="spring", issue_job_name=job.name)
    found = await world.call("GetSerialKey", code=codes[0])
    assert (found.item.campaign_model_name, found.campaign_model.name, found.issue_job) == ("summer", "summer", moved)
    verify = {"user_id": "alice", "code": codes[0], "verify_type": 1}
    await world.call("VerifyCodeByUserId", campaign_model_name="summer", **verify)
    with refused("CAMPAIGN_MISMATCH"):
        await world.call("VerifyCodeByUserId", campaign_model_name="spring", **verify)
    used = await use(world, codes[0])
    assert (used.item.campaign_model_name, used.campaign_model.name) == ("summer", "summer")


async def test_used_keys_keep_the_campaign_in_which_they_were_used(world, batch):
    """Until they are reverted: a new use is in the campaign of the batch."""
    job, codes = batch
    await use(world, codes[0])
    moved = await move(world, job, "summer")
    await use(world, codes[1])
    names = [(key.code, key.campaign_model_name) for key in await world.keys(job, "summer")]
    assert names == [(codes[0], "spring"), *((code, "summer") for code in codes[1:])]
    for code, campaign in ((codes[0], "spring"), (codes[1], "summer")):
        found = await world.call("GetSerialKey", code=code)
        assert (found.item.campaign_model_name, found.issue_job) == (campaign, moved)
    for campaign, code in (("spring", codes[0]), ("summer", codes[1])):
        found = (await world.call("DescribeRedemptions", campaign_model_name=campaign)).items
        assert [(key.code, key.campaign_model_name) for key in found] == [(code, campaign)]
    await world.call("RevertUseByUserId", user_id="alice", code=codes[0])
    assert (await use(world, codes[0])).item.campaign_model_name == "summer"


async def test_a_moved_batch_obeys_its_new_campaign(world, batch):
    """Whether that is switched off and in the master data; what becomes of the old one does not matter."""
    job, codes = batch
    await move(world, job, "summer")
    await world.call("SetCampaignStatus", campaign_model_name="spring", availability=2)
    await world.put_in_force("summer")
    await use(world, codes[0])
    await world.call("SetCampaignStatus", campaign_model_name="summer", availability=2)
    with refused("CODE_STATUS_INVALID"):
        await use(world, codes[1])
    await world.call("SetCampaignStatus", campaign_model_name="summer", availability=1)
    await world.put_in_force("spring")
    with refused("CAMPAIGN_MODEL_NOT_FOUND"):
        await use(world, codes[1])
    await move(world, job, "spring", "summer")  # a batch of a campaign that is gone can be moved back
    await world.call("SetCampaignStatus", campaign_model_name="spring", availability=1)
    assert (await use(world, codes[1])).item.campaign_model_name == "spring"


async def test_what_cannot_be_moved_is_refused(world, batch):
    """To no campaign of the master data, or from another one; nothing changes, as when it is moved to its own."""
    job, _ = batch
    before = await jobs(world)
    with refused("CAMPAIGN_MODEL_NOT_FOUND"):
        await move(world, job, "autumn")
    assert [await move(world, job, "spring")] == before
    with refused("ISSUE_JOB_NOT_FOUND"):
        await move(world, job, "spring", "summer")
    assert await jobs(world) == before


async def test_batches_of_a_campaign_are_listed_in_pages(world):
    """Those that it issued first, then those that were moved to it; with pages of every size."""
    await world.put_in_force("spring", "summer", "autumn")
    summer, spring = [await world.issue(1, "summer") for _ in range(3)], [await world.issue(1) for _ in range(3)]
    autumn = [await world.issue(1, "autumn") for _ in range(3)]
    for job in (spring[2], spring[0]):
        await move(world, job, "summer")
    await move(world, autumn[1], "summer", "autumn")
    await move(world, summer[1], "spring", "summer")
    wanted = [job.name for job in (summer[0], summer[2])]
    moved = {job.name for job in (spring[0], spring[2], autumn[1])}
    for limit in range(1, 7):
        names, token = [], None
        while token != "":
            fields = {"campaign_model_name": "summer", "limit": limit, "page_token": token}
            page = await world.call("DescribeIssueJobs", **fields)
            names += [job.name for job in page.items]
            token = page.next_page_token
        assert (names[:2], set(names[2:]), len(names)) == (wanted, moved, 5)
    assert [job.name for job in await jobs(world)] == [spring[1].name, summer[1].name]


async def test_uses_that_race_a_move_are_in_one_campaign_or_the_other(world):
    """Each use succeeds, and its reply, the state of the key and the listings agree on the campaign."""
    job = await world.issue(120)
    codes = [key.code for key in await world.keys(job)]
    used = {}

    async def play(share):
        for code in share:
            used[code] = (await use(world, code)).item.campaign_model_name

    async def to_and_fro():
        await asyncio.sleep(0)
        for number in range(5):
            names = ("spring", "summer") if number % 2 == 0 else ("summer", "spring")
            await move(world, job, names[1], names[0])

    await asyncio.gather(to_and_fro(), *(play(codes[place::6]) for place in range(6)))
    assert used.keys() == set(codes)
    assert {key.code: key.campaign_model_name for key in await world.keys(job, "summer")} == used
    for campaign in ("spring", "summer"):
        found = (await world.call("DescribeRedemptions", campaign_model_name=campaign, limit=1000)).items
        assert {key.code for key in found} == {code for code, name in used.items() if name == campaign}


async def test_of_racing_moves_one_wins(world):
    """The others find no such batch in the campaign any more."""
    await world.put_in_force("spring", "summer", "autumn")
    job = await world.issue(1)
    answers = await asyncio.gather(
        *(move(world, job, campaign) for campaign in ("summer", "autumn") * 4), return_exceptions=True
    )
    errors = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert {read_refusal(error).reason for error in errors} == {"ISSUE_JOB_NOT_FOUND"}
    assert len(errors) == 7
