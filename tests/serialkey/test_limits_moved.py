"""Limits of campaigns whose batches are moved or deleted."""

import pytest
from support.service import refused


@pytest.fixture
async def world(service):
    """A namespace."""
    return await service.world("spring")


async def test_keys_of_a_moved_batch_count_where_they_are_used(world):
    """Those used before the move in the old campaign, those used after it in the new one, with its limits."""
    await world.put_models(spring={"usesPerUser": 1}, summer={"usesPerUser": 1, "usesTotal": 2})
    job = await world.issue(4)
    codes = [key.code for key in await world.keys(job)]
    await world.as_player("Use", "alice", code=codes[0])
    fields = {"campaign_model_name": "spring", "issue_job_name": job.name, "to_campaign_model_name": "summer"}
    await world.call("MoveIssueJob", **fields)
    await world.as_player("Use", "alice", code=codes[1])
    with refused("ALREADY_REDEEMED"):
        await world.as_player("Use", "alice", code=codes[2])
    await world.as_player("Use", "bob", code=codes[2])
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.as_player("Use", "carol", code=codes[3])
    await world.call("RevertUseByUserId", user_id="alice", code=codes[0])
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.as_player("Use", "carol", code=codes[3])
    await world.call("RevertUseByUserId", user_id="bob", code=codes[2])
    await world.as_player("Use", "carol", code=codes[3])


async def test_a_moved_key_with_several_uses_is_used_once_by_each_player(world):
    """Also by the player who used it before the move; each use is listed in the campaign in which it counts."""
    await world.put_models(spring={"usesPerKey": 3}, summer={"usesPerKey": 3, "usesTotal": 9})
    job = await world.issue(1)
    [code] = [key.code for key in await world.keys(job)]
    await world.as_player("Use", "alice", code=code)
    fields = {"campaign_model_name": "spring", "issue_job_name": job.name, "to_campaign_model_name": "summer"}
    await world.call("MoveIssueJob", **fields)
    with refused("ALREADY_REDEEMED"):
        await world.as_player("Use", "alice", code=code)
    await world.as_player("Use", "bob", code=code)
    listed = [
        [item.used_user_id for item in (await world.call("DescribeRedemptions", campaign_model_name=name)).items]
        for name in ("spring", "summer")
    ]
    assert listed == [["alice"], ["bob"]]
    assert {item.code for item in (await world.call("DescribeRedemptions")).items} == {code}


async def test_a_key_whose_uses_were_all_reverted_is_unused(world):
    """Its batch can be deleted."""
    await world.put_models(spring={"usesPerKey": 3})
    job = await world.issue(1)
    [code] = [key.code for key in await world.keys(job)]
    await world.as_player("Use", "alice", code=code)
    await world.call("RevertUseByUserId", user_id="alice", code=code)
    await world.call("DeleteIssueJob", campaign_model_name="spring", issue_job_name=job.name)
    with refused("CODE_NOT_FOUND"):
        await world.as_player("Use", "alice", code=code)


async def test_the_last_revert_deletes_a_key_of_a_batch_whose_unused_keys_are_deleted(world):
    """Until then it stays."""
    await world.put_models(spring={"usesPerKey": 3})
    job = await world.issue(2)
    [code, _] = [key.code for key in await world.keys(job)]
    for user in ("alice", "bob"):
        await world.as_player("Use", user, code=code)
    fields = {"campaign_model_name": "spring", "issue_job_name": job.name}
    await world.call("DeleteIssueJob", **fields, unused_only=True)
    await world.call("RevertUseByUserId", user_id="alice", code=code)
    await world.call("GetSerialKey", code=code)
    await world.call("RevertUseByUserId", user_id="bob", code=code)
    with refused("SERIAL_KEY_NOT_FOUND"):
        await world.call("GetSerialKey", code=code)
    await world.call("DeleteIssueJob", **fields)
