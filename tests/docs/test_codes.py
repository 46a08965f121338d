"""docs/how-to/codes.md: the models that it shows are put in force, and codes are issued."""

import json


async def test_the_models_of_campaigns_are_put_in_force_as_written(page, service):
    """Each of them issues codes that can be used."""
    for text in page("how-to/codes.md").blocks("json"):
        model = json.loads(text)
        world = await service.world()
        document = {"version": "2022-09-13", "campaignModels": [model]}
        await world.call("UpdateCurrentCampaignMaster", settings=json.dumps(document))
        issued = await world.call("IssueOnce", campaign_model_name=model["name"])
        assert (await world.as_player("Use", "alice", code=issued.item.code)).item.used_user_id == "alice"
