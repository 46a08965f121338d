"""Campaign codes that players can type in any case."""

import asyncio
import contextlib
import json

import pytest
from redeem.options.v1 import options_pb2
from support.events import told
from support.service import refused


def _model(name, **fields):
    return {"name": name, "enableCampaignCode": True, **fields}


async def _put_in_force(world, *models):
    settings = json.dumps({"version": "2022-09-13", "campaignModels": models})
    await world.call("UpdateCurrentCampaignMaster", settings=settings)


@pytest.fixture
async def world(service):
    """A namespace with a campaign code in any case, and one in its own."""
    world = await service.world()
    await _put_in_force(world, _model("Welcome-2026", ignoreCase=True), _model("Exact"))
    return world


@pytest.mark.parametrize("text", ["Welcome-2026", "WELCOME-2026", "welcome-2026"])
async def test_any_case_is_the_code(world, text):
    """The response has the campaign's name, as for its own case; so do lookup and verification."""
    used = await world.as_player("Use", "alice", code=text)
    assert (used.item.code, used.item.campaign_model_name) == ("Welcome-2026", "Welcome-2026")
    assert used.item.serial_key_id.endswith(":serialKey:Welcome-2026")
    assert used.campaign_model.ignore_case
    for rpc in ("GetSerialKey", "RevertUseByUserId"):
        more = {"user_id": "alice"} if rpc.startswith("Revert") else {}
        assert (await world.call(rpc, code=text, **more)).item == used.item
    await world.as_player("VerifyCode", "alice", code=text, verify_type=1, campaign_model_name="Welcome-2026")


@pytest.mark.parametrize("text", ["exact", "EXACT", "Welcome2026", "welcome-2026 "])
async def test_other_campaigns_and_other_differences_count(world, text):
    """Only the case is ignored, and only where the campaign says so."""
    with refused("CODE_NOT_FOUND"):
        await world.as_player("Use", "alice", code=text)


async def test_concurrent_uses_in_any_case_find_their_own_code(world):
    """Also where their lookups share a statement."""
    texts = ["welcome-2026", "exact", "WELCOME-2026", "Exact", "wrong"] * 4

    async def use(number, text):
        with refused("CODE_NOT_FOUND") if text in {"exact", "wrong"} else contextlib.nullcontext():
            return (await world.as_player("Use", f"player-{number}", code=text)).item.code

    found = await asyncio.gather(*(use(*each) for each in enumerate(texts)))
    assert found == ["Welcome-2026", None, "Welcome-2026", "Exact", None] * 4


async def test_the_case_counts_again_once_the_field_is_gone(world):
    """Also when the campaign is removed, or its name is no longer a code."""
    for models in ([_model("Welcome-2026")], [_model("Welcome-2026", ignoreCase=True, enableCampaignCode=False)], []):
        await _put_in_force(world, _model("Welcome-2026", ignoreCase=True))
        await world.as_player("Use", "alice", code="welcome-2026")
        await _put_in_force(world, *models)
        with refused("CODE_NOT_FOUND"):
            await world.as_player("Use", "alice", code="welcome-2026")


async def test_a_name_of_another_campaign_can_return_in_another_case(world):
    """Only campaigns in force can conflict."""
    await _put_in_force(world, _model("WELCOME-2026", ignoreCase=True))
    assert (await world.as_player("Use", "alice", code="Welcome-2026")).item.code == "WELCOME-2026"


@pytest.mark.parametrize("ignoring", [0, 1])
async def test_two_campaign_codes_that_cannot_be_told_apart_are_refused(world, ignoring):
    """By the name of the later one; whichever of them ignores case."""
    models = [_model("Summer"), _model("between"), _model("SUMMER")]
    models[2 * ignoring]["ignoreCase"] = True
    with refused("MASTER_DATA_INVALID") as refusal:
        await _put_in_force(world, *models)
    assert refusal.fields == ["settings.campaignModels[2].name"]
    assert refusal.metadata["error_type"] == "duplicate"
    await world.as_player("Use", "alice", code="welcome-2026")


async def test_names_that_are_no_codes_may_differ_by_case(world):
    """And codes that do not ignore it."""
    await _put_in_force(
        world, _model("Summer", ignoreCase=True), {"name": "SUMMER"}, _model("Winter"), _model("WINTER")
    )
    assert (await world.as_player("Use", "alice", code="summer")).item.code == "Summer"
    assert (await world.as_player("Use", "alice", code="WINTER")).item.code == "WINTER"


async def test_a_draft_keeps_the_field(world):
    """From a master by an export into force."""
    fields = {"enable_campaign_code": True, "ignore_case": True}
    made = await world.call("CreateCampaignModelMaster", name="Autumn", **fields)
    assert made.item.ignore_case
    exported = (await world.call("ExportMaster")).item.settings
    assert json.loads(exported)["campaignModels"] == [_model("Autumn", ignoreCase=True)]


async def test_the_event_names_the_campaign(world):
    """Not what was typed."""
    await world.as_player("Use", "alice", code="welcome-2026")
    kinds = [options_pb2.EVENT_KIND_REDEEMED]
    [used] = await told(world.service, 1, namespace_names=[world.name], kinds=kinds)
    assert used.redemption.campaign_model_name == "Welcome-2026"
