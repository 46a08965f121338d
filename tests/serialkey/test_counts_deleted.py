"""The numbers of codes after a batch was deleted."""

import itertools

from serialkey.test_counts import by_batch, fold_all, of_campaign, revert
from support.user_data import use_all


async def test_a_deleted_batch_counts_as_before(own_service):
    """Whether its uses and reverts were added to the totals before or not; its neighbours count as they did."""
    await own_service.stop_housekeeping()
    for folds in itertools.product([False, True], repeat=2):
        world = await own_service.world()
        first, second = await world.issue(5), await world.issue(5)
        codes = [item.code for item in await world.keys(first)][:2]
        gone = [item.code for item in await world.keys(second)][:3]
        await use_all(world, codes + gone, "alice")
        if folds[0]:
            await fold_all(own_service)
        for code in gone:
            await revert(world, code)
        if folds[1]:
            await fold_all(own_service)
        await world.call("DeleteIssueJob", campaign_model_name="spring", issue_job_name=second.name)
        for _ in range(2):
            assert await by_batch(world) == [(first.name, (5, 0, 2, 0, 3))], folds
            assert await of_campaign(world) == (5, 0, 2, 3, 3), folds
            await fold_all(own_service)
