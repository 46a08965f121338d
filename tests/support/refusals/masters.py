"""Refusals about master data: what is edited, what is in force, where it comes from."""

import json
from typing import Any

from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.exchange.v1 import resources_pb2 as exchange_resources
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.limit.v1 import resources_pb2 as limit_resources

from support.github import KEYS, answer_with, check_out, github
from support.limits import Limits
from support.refusals import Stage, provokes
from support.service import running
from support.uploads import take
from support.world import World

_UNKNOWN = "nobody-made-it"


async def empty_codes(stage: Stage) -> Any:
    """Make a namespace of codes without master data."""
    world = World(stage.service, f"empty-{stage.folder.name}")
    await stage.service.call("CreateNamespace", name=world.name)
    return world


@provokes("MASTER_DATA_INVALID")
async def campaign_twice(stage: Stage) -> None:
    """In one document."""
    twice = json.dumps({"version": "2022-09-13", "campaignModels": [{"name": "a"}, {"name": "a"}]})
    await (await stage.world()).call("UpdateCurrentCampaignMaster", settings=twice)


@provokes("MASTER_DATA_CHANGED")
async def edited_meanwhile(stage: Stage) -> None:
    """The document in force is another one than the caller read."""
    text = json.dumps({"version": "2022-09-13", "campaignModels": [{"name": "a"}]})
    await (await stage.world()).call("UpdateCurrentCampaignMaster", settings=text, expected_revision=7)


@provokes("CAMPAIGN_MODEL_NOT_FOUND")
async def unknown_campaign(stage: Stage) -> None:
    """Not in the document in force."""
    await (await stage.world()).call("GetCampaignModel", campaign_model_name=_UNKNOWN)


@provokes("CAMPAIGN_MODEL_MASTER_NOT_FOUND")
async def unknown_campaign_master(stage: Stage) -> None:
    """Nobody edits it."""
    await (await stage.world()).call("GetCampaignModelMaster", campaign_model_name=_UNKNOWN)


@provokes("CAMPAIGN_MODEL_MASTER_ALREADY_EXISTS")
async def campaign_master_twice(stage: Stage) -> None:
    """The same name again."""
    world = await stage.world()
    for _ in range(2):
        await world.call("CreateCampaignModelMaster", name="again")


@provokes("CURRENT_CAMPAIGN_MASTER_NOT_FOUND")
async def no_campaigns_yet(stage: Stage) -> None:
    """Nothing was uploaded."""
    await (await empty_codes(stage)).call("GetCurrentCampaignMaster")


@provokes("LIMIT_MODEL_NOT_FOUND")
async def unknown_limit(stage: Stage) -> None:
    """Not in the document in force."""
    await (await stage.limits()).call("GetLimitModel", limit_name=_UNKNOWN)


@provokes("LIMIT_MODEL_MASTER_NOT_FOUND")
async def unknown_limit_master(stage: Stage) -> None:
    """Nobody edits it."""
    await (await stage.limits()).call("GetLimitModelMaster", limit_name=_UNKNOWN)


@provokes("LIMIT_MODEL_MASTER_ALREADY_EXISTS")
async def limit_master_twice(stage: Stage) -> None:
    """The same name again."""
    limits = await stage.limits()
    for _ in range(2):
        await limits.call("CreateLimitModelMaster", name="again", reset_type=limit_resources.RESET_TYPE_NOT_RESET)


@provokes("CURRENT_LIMIT_MASTER_NOT_FOUND")
async def no_limits_yet(stage: Stage) -> None:
    """Nothing was uploaded."""
    limits = Limits(stage.service, f"empty-{stage.folder.name}")
    await stage.service.limits.CreateNamespace(
        limit_pb.CreateNamespaceRequest(name=limits.name), metadata=stage.service.admin
    )
    await limits.call("GetCurrentLimitMaster")


@provokes("RATE_MODEL_NOT_FOUND")
async def unknown_rate(stage: Stage) -> None:
    """Not in the document in force."""
    await (await stage.exchanges()).buy(_UNKNOWN)


@provokes("RATE_MODEL_MASTER_NOT_FOUND")
async def unknown_rate_master(stage: Stage) -> None:
    """Nobody edits it."""
    await (await stage.exchanges()).call("GetRateModelMaster", rate_name=_UNKNOWN)


@provokes("RATE_MODEL_MASTER_ALREADY_EXISTS")
async def rate_master_twice(stage: Stage) -> None:
    """The same name again."""
    exchanges = await stage.exchanges()
    for _ in range(2):
        await exchanges.call("CreateRateModelMaster", name="again")


@provokes("INCREMENTAL_RATE_MODEL_NOT_FOUND")
async def unknown_incremental_rate(stage: Stage) -> None:
    """Not in the document in force."""
    await (await stage.exchanges()).rise(rate=_UNKNOWN)


@provokes("INCREMENTAL_RATE_MODEL_MASTER_NOT_FOUND")
async def unknown_incremental_rate_master(stage: Stage) -> None:
    """Nobody edits it."""
    await (await stage.exchanges()).call("GetIncrementalRateModelMaster", rate_name=_UNKNOWN)


@provokes("INCREMENTAL_RATE_MODEL_MASTER_ALREADY_EXISTS")
async def incremental_rate_master_twice(stage: Stage) -> None:
    """The same name again."""
    exchanges = await stage.exchanges()
    rate = exchanges.incremental()
    for _ in range(2):
        await exchanges.call(
            "CreateIncrementalRateModelMaster",
            name="again",
            consume_action=rate["consumeAction"],
            calculate_type=exchange_resources.CALCULATE_TYPE_LINEAR,
            base_value=1,
            coefficient_value=1,
            exchange_count_id=rate["exchangeCountId"],
            maximum_exchange_count=1,
        )


@provokes("CURRENT_RATE_MASTER_NOT_FOUND")
async def no_rates_yet(stage: Stage) -> None:
    """Nothing was uploaded."""
    service, name = stage.service, f"empty-{stage.folder.name}"
    await service.exchanges.CreateNamespace(exchange_pb.CreateNamespaceRequest(name=name), metadata=service.admin)
    request = exchange_pb.GetCurrentRateMasterRequest(namespace_name=name)
    await service.exchanges.GetCurrentRateMaster(request, metadata=service.admin)


@provokes("UPLOAD_NOT_FOUND")
async def unknown_upload(stage: Stage) -> None:
    """Nothing was put there."""
    await take(await stage.world(), "made up")


async def check_out_from(stage: Stage, **fields: Any) -> None:
    """Check out from a stand-in for GitHub that has nothing, or is broken when `status` says so."""
    async with github() as hub, running(stage.folder, github_url=hub.url, github_keys=KEYS) as service:
        if (status := fields.pop("status", None)) is not None:
            answer_with(hub, status)
        await check_out(await service.world(), **fields)


@provokes("CHECKOUT_KEY_NOT_FOUND")
async def unknown_github_key(stage: Stage) -> None:
    """The configuration does not have it."""
    await check_out_from(stage, api_key_id="another")


@provokes("CHECKOUT_REFUSED")
async def nothing_at_github(stage: Stage) -> None:
    """There is no such file."""
    await check_out_from(stage)


@provokes("CHECKOUT_UNAVAILABLE")
async def broken_github(stage: Stage) -> None:
    """It responds with 503."""
    await check_out_from(stage, status=503)
