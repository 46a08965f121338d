"""Campaign masters, and the master data made of them."""

import asyncio
import json

import grpc
from support.service import read_refusal, refused


async def test_a_campaign_master_is_a_draft(world):
    """Create, Get and Update return it with its bookkeeping; what is in force does not change."""
    made = (await world.call("CreateCampaignModelMaster", name="draft", description="d", metadata="m")).item
    assert made.campaign_id == f"grn:gs2:local:redeemd:serialKey:{world.name}:master:campaign:draft"
    assert (made.description, made.metadata, made.enable_campaign_code, made.revision) == ("d", "m", False, 1)
    update = {"campaign_model_name": "draft", "metadata": "", "enable_campaign_code": True}
    updated = (await world.call("UpdateCampaignModelMaster", **update)).item
    assert (updated.description, updated.HasField("metadata"), updated.enable_campaign_code) == ("d", False, True)
    assert updated.revision == 2
    assert (await world.call("GetCampaignModelMaster", campaign_model_name="draft")).item == updated
    assert [item.name for item in (await world.call("DescribeCampaignModels")).items] == ["spring"]
    with refused("CAMPAIGN_MODEL_NOT_FOUND"):
        await world.call("GetCampaignModel", campaign_model_name="draft")


async def test_unknown_and_existing_masters_are_refused(world):
    """NOT_FOUND and ALREADY_EXISTS, both with component campaignModelMaster."""
    for rpc in ("GetCampaignModelMaster", "UpdateCampaignModelMaster", "DeleteCampaignModelMaster"):
        with refused("CAMPAIGN_MODEL_MASTER_NOT_FOUND") as refusal:
            await world.call(rpc, campaign_model_name="nowhere")
        assert refusal.metadata["component"] == "campaignModelMaster"
    await world.call("CreateCampaignModelMaster", name="twice")
    with refused("CAMPAIGN_MODEL_MASTER_ALREADY_EXISTS") as refusal:
        await world.call("CreateCampaignModelMaster", name="twice")
    assert refusal.code == grpc.StatusCode.ALREADY_EXISTS


async def test_delete_returns_the_master_and_removes_it(world):
    """Delete returns its last state; the name is free."""
    made = (await world.call("CreateCampaignModelMaster", name="gone")).item
    assert (await world.call("DeleteCampaignModelMaster", campaign_model_name="gone")).item == made
    with refused("CAMPAIGN_MODEL_MASTER_NOT_FOUND"):
        await world.call("GetCampaignModelMaster", campaign_model_name="gone")
    await world.call("CreateCampaignModelMaster", name="gone")


async def test_concurrent_updates_all_count(world):
    """Twenty updates at once: each response has a revision of its own, and the last is 21."""
    await world.call("CreateCampaignModelMaster", name="busy")
    answers = await asyncio.gather(
        *(world.call("UpdateCampaignModelMaster", campaign_model_name="busy", description=str(n)) for n in range(20))
    )
    assert sorted(answer.item.revision for answer in answers) == list(range(2, 22))


async def test_export_renders_what_upload_takes(world):
    """Compact JSON, models by name, only what a model has; uploading it puts exactly these campaigns in force."""
    await world.call("CreateCampaignModelMaster", name="b", metadata='{"x":"é"}', description="not exported")
    await world.call("CreateCampaignModelMaster", name="a", enable_campaign_code=True)
    exported = (await world.call("ExportMaster")).item
    assert exported.settings == (
        '{"version":"2022-09-13","campaignModels":['
        '{"name":"a","enableCampaignCode":true},{"name":"b","metadata":"{\\"x\\":\\"é\\"}"}]}'
    )
    assert [item.name for item in (await world.call("DescribeCampaignModels")).items] == ["spring"]
    await world.call("UpdateCurrentCampaignMaster", settings=exported.settings)
    models = (await world.call("DescribeCampaignModels")).items
    assert [(item.name, item.metadata, item.enable_campaign_code) for item in models] == [
        ("a", "", True),
        ("b", '{"x":"é"}', False),
    ]
    assert models[0].campaign_id == f"grn:gs2:local:redeemd:serialKey:{world.name}:model:campaign:a"
    assert (await world.call("GetCampaignModel", campaign_model_name="b")).item == models[1]
    current = (await world.call("GetCurrentCampaignMaster")).item  # it has a revision, too
    assert (current.namespace_id, current.settings) == (exported.namespace_id, exported.settings)


async def test_there_is_no_current_master_before_the_first_upload(service):
    """NOT_FOUND currentCampaignMaster, and no campaigns."""
    await service.call("CreateNamespace", name="fresh")
    with refused("CURRENT_CAMPAIGN_MASTER_NOT_FOUND") as refusal:
        await service.call("GetCurrentCampaignMaster", namespace_name="fresh")
    assert refusal.metadata["component"] == "currentCampaignMaster"
    assert not (await service.call("DescribeCampaignModels", namespace_name="fresh")).items


async def test_the_greatest_document_is_taken(world):
    """1,000 campaigns with long metadata, in one upload, and back to one."""
    models = [{"name": f"c{n:04}", "metadata": "x" * 2048} for n in range(1000)]
    settings = json.dumps({"version": "2022-09-13", "campaignModels": models})
    await world.call("UpdateCurrentCampaignMaster", settings=settings)
    assert len((await world.call("DescribeCampaignModels")).items) == 1000
    assert await world.codes(1, campaign="c0999")
    await world.put_in_force("spring")
    assert len((await world.call("DescribeCampaignModels")).items) == 1


async def test_issuing_while_master_data_is_replaced_succeeds_or_is_refused(world):
    """A batch is issued under one document or refused under the next; its codes work when the campaign is there."""
    jobs = []
    for round_ in range(5):
        answers = await asyncio.gather(
            *(world.issue(2) for _ in range(8)),
            world.put_in_force(*(["spring"] if round_ % 2 else ["summer"])),
            *(world.issue(2) for _ in range(8)),
            return_exceptions=True,
        )
        refusals = [read_refusal(answer).reason for answer in answers if isinstance(answer, Exception)]
        assert set(refusals) <= {"CAMPAIGN_MODEL_NOT_FOUND"}
        jobs += [answer for answer in answers if answer is not None and not isinstance(answer, Exception)]
    await world.put_in_force("spring")
    codes = {key.code for job in jobs for key in await world.keys(job)}
    assert len(codes) == 2 * len(jobs) > 0
