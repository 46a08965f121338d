"""The commands `batch`, against a running server."""

import pytest
from support.imports import jobs
from support.service import refused

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


async def test_a_batch_is_deleted(cli, world):
    """Only with --yes where nobody can be asked; used keys prevent it, or stay."""
    job = await world.issue(3)
    batch = ("batch", "delete", world.name, "spring", job.name)
    assert "add --yes" in await cli(*batch, code=1)
    (code, *_) = [key.code for key in await world.keys(job)]
    await world.call("UseByUserId", user_id="alice", code=code)
    said = await cli(*batch, "--yes", code=1)
    assert "1 keys of the batch are used; --unused-only deletes the others" in said
    assert "used keys stay" in await cli(*batch, "--yes", "--unused-only")
    assert [key.code for key in await world.keys(job)] == [code]
    await world.call("RevertUseByUserId", user_id="alice", code=code)
    assert await cli(*batch, "--yes") == f"batch {job.name} is deleted\n"
    assert await jobs(world) == []


async def test_a_batch_is_moved(cli, service):
    """To a campaign of the master data."""
    world = await service.world("spring", "summer")
    job = await world.issue(3)
    batch = ("batch", "move", world.name, "spring", job.name)
    assert "CAMPAIGN_MODEL_NOT_FOUND" in await cli(*batch, "autumn", code=1)
    assert "summer" in await cli(*batch, "summer")
    assert [found.name for found in await jobs(world, "summer")] == [job.name]


async def test_the_validity_of_a_batch_is_set_and_removed(cli, world):
    """A wrong time is refused before anything is called."""
    job = await world.issue(1)
    batch = ("batch", "validity", world.name, "spring", job.name)
    await cli(*batch, "--valid-until", "2026-12-31T12:00+09:00")
    fields = {"campaign_model_name": "spring", "issue_job_name": job.name}
    assert (await world.call("GetIssueJob", **fields)).item.valid_until == 1_798_686_000_000
    assert "year" in await cli(*batch, "--valid-until", "1999-12-31", code=2)
    await cli(*batch)
    assert not (await world.call("GetIssueJob", **fields)).item.HasField("valid_until")
    with refused("ISSUE_JOB_NOT_FOUND"):
        await world.call("GetIssueJob", campaign_model_name="spring", issue_job_name="absent")
