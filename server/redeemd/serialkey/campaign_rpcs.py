"""The RPCs about campaigns and their master data; methods in the order of the proto."""

from typing import Any

from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.rpc import crud, master_data
from redeemd.rpc.bind import prepared
from redeemd.rpc.call import Call
from redeemd.rpc.common import CommonRpcs
from redeemd.rpc.masters import PreUpload, Received
from redeemd.serialkey import batches, render
from redeemd.serialkey.batches import Availability
from redeemd.serialkey.spec import CAMPAIGN, CAMPAIGN_MASTER


class CampaignRpcs(CommonRpcs):
    """See SerialKeyService in the proto."""

    async def DescribeCampaignModels(self, call: Call[pb.DescribeCampaignModelsRequest]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        return call.reply(items=await master_data.models(call, self.grns, namespace, CAMPAIGN))

    async def GetCampaignModel(self, call: Call[pb.GetCampaignModelRequest]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        name = call.request.campaign_model_name
        return call.reply(item=await master_data.model(call, self.grns, namespace, CAMPAIGN, name))

    async def DescribeCampaignModelMasters(self, call: Call[pb.DescribeCampaignModelMastersRequest]) -> Message:
        """See the proto."""
        return await crud.describe(call, CAMPAIGN_MASTER, self.grns, await self.drafts(call, CAMPAIGN), self.pager)

    async def CreateCampaignModelMaster(self, call: Call[pb.CreateCampaignModelMasterRequest]) -> Message:
        """See the proto."""
        return await crud.create(call, CAMPAIGN_MASTER, self.grns, await self.drafts(call, CAMPAIGN))

    async def GetCampaignModelMaster(self, call: Call[pb.GetCampaignModelMasterRequest]) -> Message:
        """See the proto."""
        return await crud.get(call, CAMPAIGN_MASTER, self.grns, await self.drafts(call, CAMPAIGN))

    async def UpdateCampaignModelMaster(self, call: Call[pb.UpdateCampaignModelMasterRequest]) -> Message:
        """See the proto."""
        return await crud.update(call, CAMPAIGN_MASTER, self.grns, await self.drafts(call, CAMPAIGN))

    async def DeleteCampaignModelMaster(self, call: Call[pb.DeleteCampaignModelMasterRequest]) -> Message:
        """See the proto."""
        return await crud.delete(call, CAMPAIGN_MASTER, self.grns, await self.drafts(call, CAMPAIGN))

    async def ExportMaster(self, call: Call[pb.ExportMasterRequest]) -> Message:
        """See the proto."""
        return await self.masters.export(call)

    async def GetCurrentCampaignMaster(self, call: Call[pb.GetCurrentCampaignMasterRequest]) -> Message:
        """See the proto."""
        return await self.masters.current(call)

    async def _draw_master_upload(self, call: Call[Any]) -> PreUpload:
        return await self.masters.draw_upload(call)

    @prepared(_draw_master_upload)
    async def PreUpdateCurrentCampaignMaster(
        self, call: Call[pb.PreUpdateCurrentCampaignMasterRequest], plan: PreUpload
    ) -> Message:
        """See the proto."""
        return await self.masters.pre_update(call, plan)

    async def _receive(self, call: Call[Any]) -> Received:
        return await self.masters.receive(call)

    @prepared(_receive)
    async def UpdateCurrentCampaignMaster(
        self, call: Call[pb.UpdateCurrentCampaignMasterRequest], received: Received
    ) -> Message:
        """See the proto."""
        return await self._update_current(call, received)

    async def _check_out(self, call: Call[Any]) -> Received:
        return await self.masters.check_out(call)

    @prepared(_check_out)
    async def UpdateCurrentCampaignMasterFromGitHub(
        self, call: Call[pb.UpdateCurrentCampaignMasterFromGitHubRequest], received: Received
    ) -> Message:
        """See the proto."""
        return await self._update_current(call, received)

    async def _update_current(self, call: Call[Any], received: Received) -> Message:
        namespace = await self.masters.replace(call, received)
        models: Any = received.document.models[CAMPAIGN.kind]
        await batches.follow_models(call.tx, namespace.namespace_id, models, now=call.server_now)
        return self.masters.reply(call, namespace, received.document.settings)

    async def SetCampaignStatus(self, call: Call[pb.SetCampaignStatusRequest]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        campaign = await batches.set_campaign_status(
            call.tx,
            namespace.namespace_id,
            call.request.campaign_model_name,
            Availability(call.request.availability),
            call.request.reason or None,
            now=call.server_now,
        )
        return call.reply(item=render.campaign(campaign))

    async def GetCampaignStatus(self, call: Call[pb.GetCampaignStatusRequest]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        campaign = await batches.campaign(call.tx, namespace.namespace_id, call.request.campaign_model_name)
        return call.reply(item=render.campaign(campaign))
