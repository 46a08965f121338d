"""docs/how-to/campaign-limits.md: its command and its document do what it says."""

import json

from support.reader import run, served_by
from support.service import refused


async def test_its_command_limits_a_word(page, clone):
    """The campaign is in force, with both limits."""
    [command] = page("how-to/campaign-limits.md").blocks("sh")
    async with served_by("make run", clone) as address:
        await run(command, clone, REDEEMD_SERVER=address)
        listed = await run("redeemd campaign list shop", clone, REDEEMD_SERVER=address)
    assert "WELCOME2026" in listed


async def test_its_document_limits_what_its_table_says(page, service):
    """Each campaign by its field."""
    [document] = page("how-to/campaign-limits.md").blocks("json")
    world = await service.world("spring")
    await world.call("UpdateCurrentCampaignMaster", settings=document)
    limits = {model["name"]: model for model in json.loads(document)["campaignModels"]}
    assert (limits["WELCOME2026"]["usesPerUser"], limits["WELCOME2026"]["usesTotal"]) == (1, 10_000)
    [red, blue, streamer] = [
        (await world.codes(campaign=name))[0] for name in ("starter-red", "starter-blue", "streamer")
    ]
    for code in ("WELCOME2026", red, streamer):
        await world.as_player("Use", "alice", code=code)
    for code, reason in (
        ("WELCOME2026", "ALREADY_REDEEMED"),
        (blue, "REDEEMED_IN_GROUP"),
        (streamer, "ALREADY_REDEEMED"),
    ):
        with refused(reason):
            await world.as_player("Use", "alice", code=code)
