"""RPCs on campaigns and their master data. Methods in the order of the proto."""

from collections.abc import Mapping
from typing import cast

from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1.resources_pb2 import CampaignModel

from redeemd.event.recorder import emits
from redeemd.resources import crud, master_data
from redeemd.resources.common import CommonRpcs, check_out_master, draw_master_upload, receive_master
from redeemd.resources.master_data import Document
from redeemd.resources.masters import PreUpload, Received
from redeemd.resources.namespaces import NamespaceKey
from redeemd.rpc.call import Call
from redeemd.rpc.marks import prepared
from redeemd.serialkey import batches, campaigns, events, render, tallies
from redeemd.serialkey.definition import CAMPAIGN, CAMPAIGN_MASTER
from redeemd.serialkey.limits import following
from redeemd.serialkey.validity import Availability


class CampaignRpcs(CommonRpcs):
    """See SerialKeyService in the proto."""

    async def DescribeCampaignModels(self, call: Call[pb.DescribeCampaignModelsRequest]) -> Message:
        namespace = await self.namespace_of(call)
        return call.reply(items=await master_data.models(call, self.grns, namespace, CAMPAIGN))

    async def GetCampaignModel(self, call: Call[pb.GetCampaignModelRequest]) -> Message:
        namespace = await self.namespace_of(call)
        name = call.request.campaign_model_name
        return call.reply(item=await master_data.model(call, self.grns, namespace, CAMPAIGN, name))

    async def DescribeCampaignModelMasters(self, call: Call[pb.DescribeCampaignModelMastersRequest]) -> Message:
        return await crud.describe(call, CAMPAIGN_MASTER, self.grns, await self.drafts(call, CAMPAIGN), self.pager)

    async def CreateCampaignModelMaster(self, call: Call[pb.CreateCampaignModelMasterRequest]) -> Message:
        return await crud.create(call, CAMPAIGN_MASTER, self.grns, await self.drafts(call, CAMPAIGN))

    async def GetCampaignModelMaster(self, call: Call[pb.GetCampaignModelMasterRequest]) -> Message:
        return await crud.get(call, CAMPAIGN_MASTER, self.grns, await self.drafts(call, CAMPAIGN))

    async def UpdateCampaignModelMaster(self, call: Call[pb.UpdateCampaignModelMasterRequest]) -> Message:
        return await crud.update(call, CAMPAIGN_MASTER, self.grns, await self.drafts(call, CAMPAIGN))

    async def DeleteCampaignModelMaster(self, call: Call[pb.DeleteCampaignModelMasterRequest]) -> Message:
        return await crud.delete(call, CAMPAIGN_MASTER, self.grns, await self.drafts(call, CAMPAIGN))

    async def GetCurrentCampaignMaster(self, call: Call[pb.GetCurrentCampaignMasterRequest]) -> Message:
        return await self.masters.current(call)

    @prepared(draw_master_upload)
    async def PreUpdateCurrentCampaignMaster(
        self, call: Call[pb.PreUpdateCurrentCampaignMasterRequest], plan: PreUpload
    ) -> Message:
        return await self.masters.pre_update(call, plan)

    @prepared(receive_master)
    async def UpdateCurrentCampaignMaster(
        self, call: Call[pb.UpdateCurrentCampaignMasterRequest], received: Received
    ) -> Message:
        return await self.put_in_force(call, received)

    @prepared(check_out_master)
    async def UpdateCurrentCampaignMasterFromGitHub(
        self, call: Call[pb.UpdateCurrentCampaignMasterFromGitHubRequest], received: Received
    ) -> Message:
        return await self.put_in_force(call, received)

    async def follow_master(self, call: Call[object], namespace: NamespaceKey, document: Document) -> None:
        """See CommonRpcs. New campaigns get numbers; every campaign gets the validity and the limits of its model."""
        models = cast("Mapping[str, CampaignModel]", document.models[CAMPAIGN.kind])
        await campaigns.follow_models(call.tx, namespace.namespace_id, models, now=call.server_now)
        await following.follow_models(call.tx, namespace.namespace_id, models)

    @emits(events.campaign_switched)
    async def SetCampaignStatus(self, call: Call[pb.SetCampaignStatusRequest]) -> Message:
        namespace = await self.namespace_of(call)
        campaign = await campaigns.set_status(
            call.tx,
            namespace.namespace_id,
            call.request.campaign_model_name,
            Availability(call.request.availability),
            call.request.reason or None,
            now=call.server_now,
        )
        counts = await tallies.of_campaign(call.tx, namespace.namespace_id, campaign.number)
        return call.reply(item=render.campaign(campaign, counts))

    async def GetCampaignStatus(self, call: Call[pb.GetCampaignStatusRequest]) -> Message:
        namespace = await self.namespace_of(call)
        namespace_id, name = namespace.namespace_id, call.request.campaign_model_name
        campaign = await campaigns.find(call.tx, namespace_id, name)
        if call.request.issue_job_name:
            batch = await batches.find(call.tx, namespace_id, name, call.request.issue_job_name)
            counts = await tallies.of_batch(call.tx, namespace_id, batch.job)
        else:
            counts = await tallies.of_campaign(call.tx, namespace_id, campaign.number)
        return call.reply(item=render.campaign(campaign, counts))
