"""RPCs on rates and their master data. Methods in the order of the proto."""

from google.protobuf.message import Message
from redeem.exchange.v1 import requests_pb2 as pb

from redeemd.exchange.definition import RateKinds
from redeemd.resources import crud, master_data
from redeemd.resources.common import CommonRpcs, check_out_master, draw_master_upload, receive_master
from redeemd.resources.masters import PreUpload, Received
from redeemd.rpc.call import Call
from redeemd.rpc.marks import prepared


class RateRpcs(CommonRpcs):
    """See ExchangeService in the proto."""

    kinds: RateKinds

    async def DescribeRateModels(self, call: Call[pb.DescribeRateModelsRequest]) -> Message:
        namespace = await self.namespace_of(call)
        return call.reply(items=await master_data.models(call, self.grns, namespace, self.kinds.rate))

    async def GetRateModel(self, call: Call[pb.GetRateModelRequest]) -> Message:
        namespace = await self.namespace_of(call)
        name = call.request.rate_name
        return call.reply(item=await master_data.model(call, self.grns, namespace, self.kinds.rate, name))

    async def DescribeRateModelMasters(self, call: Call[pb.DescribeRateModelMastersRequest]) -> Message:
        scope = await self.drafts(call, self.kinds.rate)
        return await crud.describe(call, self.kinds.rate_master, self.grns, scope, self.pager)

    async def CreateRateModelMaster(self, call: Call[pb.CreateRateModelMasterRequest]) -> Message:
        scope = await self.drafts(call, self.kinds.rate)
        return await crud.create(call, self.kinds.rate_master, self.grns, scope)

    async def GetRateModelMaster(self, call: Call[pb.GetRateModelMasterRequest]) -> Message:
        scope = await self.drafts(call, self.kinds.rate)
        return await crud.get(call, self.kinds.rate_master, self.grns, scope)

    async def UpdateRateModelMaster(self, call: Call[pb.UpdateRateModelMasterRequest]) -> Message:
        scope = await self.drafts(call, self.kinds.rate)
        return await crud.update(call, self.kinds.rate_master, self.grns, scope)

    async def DeleteRateModelMaster(self, call: Call[pb.DeleteRateModelMasterRequest]) -> Message:
        scope = await self.drafts(call, self.kinds.rate)
        return await crud.delete(call, self.kinds.rate_master, self.grns, scope)

    async def DescribeIncrementalRateModels(self, call: Call[pb.DescribeIncrementalRateModelsRequest]) -> Message:
        namespace = await self.namespace_of(call)
        return call.reply(items=await master_data.models(call, self.grns, namespace, self.kinds.incremental_rate))

    async def GetIncrementalRateModel(self, call: Call[pb.GetIncrementalRateModelRequest]) -> Message:
        namespace = await self.namespace_of(call)
        name = call.request.rate_name
        return call.reply(item=await master_data.model(call, self.grns, namespace, self.kinds.incremental_rate, name))

    async def DescribeIncrementalRateModelMasters(
        self, call: Call[pb.DescribeIncrementalRateModelMastersRequest]
    ) -> Message:
        scope = await self.drafts(call, self.kinds.incremental_rate)
        return await crud.describe(call, self.kinds.incremental_rate_master, self.grns, scope, self.pager)

    async def CreateIncrementalRateModelMaster(self, call: Call[pb.CreateIncrementalRateModelMasterRequest]) -> Message:
        scope = await self.drafts(call, self.kinds.incremental_rate)
        return await crud.create(call, self.kinds.incremental_rate_master, self.grns, scope)

    async def GetIncrementalRateModelMaster(self, call: Call[pb.GetIncrementalRateModelMasterRequest]) -> Message:
        scope = await self.drafts(call, self.kinds.incremental_rate)
        return await crud.get(call, self.kinds.incremental_rate_master, self.grns, scope)

    async def UpdateIncrementalRateModelMaster(self, call: Call[pb.UpdateIncrementalRateModelMasterRequest]) -> Message:
        scope = await self.drafts(call, self.kinds.incremental_rate)
        return await crud.update(call, self.kinds.incremental_rate_master, self.grns, scope)

    async def DeleteIncrementalRateModelMaster(self, call: Call[pb.DeleteIncrementalRateModelMasterRequest]) -> Message:
        scope = await self.drafts(call, self.kinds.incremental_rate)
        return await crud.delete(call, self.kinds.incremental_rate_master, self.grns, scope)

    async def GetCurrentRateMaster(self, call: Call[pb.GetCurrentRateMasterRequest]) -> Message:
        return await self.masters.current(call)

    @prepared(draw_master_upload)
    async def PreUpdateCurrentRateMaster(
        self, call: Call[pb.PreUpdateCurrentRateMasterRequest], plan: PreUpload
    ) -> Message:
        return await self.masters.pre_update(call, plan)

    @prepared(receive_master)
    async def UpdateCurrentRateMaster(
        self, call: Call[pb.UpdateCurrentRateMasterRequest], received: Received
    ) -> Message:
        return await self.put_in_force(call, received)

    @prepared(check_out_master)
    async def UpdateCurrentRateMasterFromGitHub(
        self, call: Call[pb.UpdateCurrentRateMasterFromGitHubRequest], received: Received
    ) -> Message:
        return await self.put_in_force(call, received)
