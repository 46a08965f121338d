"""The Limit service. Methods in the order of the proto."""

from google.protobuf.message import Message
from redeem.limit.v1 import requests_pb2 as pb
from redeem.limit.v1 import resources_pb2

from redeemd.event.recorder import emits
from redeemd.limit import acting, counting, events, importing, models, render, resets
from redeemd.limit.actions import COUNT_DOWN, COUNT_UP, DELETE_COUNTER, VERIFY_COUNTER
from redeemd.limit.counters import Counter, CounterName, CounterPosition
from redeemd.limit.definition import DEFINITION, LIMIT, LIMIT_MASTER
from redeemd.limit.models import ModelCache
from redeemd.limit.scripted import CountUpScript
from redeemd.resources import crud, master_data
from redeemd.resources.common import CommonRpcs, SharedServices, check_out_master, draw_master_upload, receive_master
from redeemd.resources.masters import PreUpload, Received
from redeemd.resources.paging import limit_of
from redeemd.rpc.call import Call
from redeemd.rpc.marks import authorized, one_statement, prepared
from redeemd.script.scripts import Scripts
from redeemd.transaction.acting import acts
from redeemd.transaction.after_scripts import AfterScripts
from redeemd.transaction.opening import Whole, signed_sheet, signed_task, signed_verify_task
from redeemd.transaction.sheets import SheetPart
from redeemd.transaction.signed import SheetRunner

PREVIEW_DEFAULT = 10

_DescribeRequest = pb.DescribeCountersRequest | pb.DescribeCountersByUserIdRequest
_VerifyRequest = pb.VerifyCounterRequest | pb.VerifyCounterByUserIdRequest
# The requests that name a counter.
_CounterRequest = (
    _VerifyRequest
    | pb.GetCounterRequest
    | pb.GetCounterByUserIdRequest
    | pb.CountUpRequest
    | pb.CountUpByUserIdRequest
    | pb.CountDownByUserIdRequest
    | pb.DeleteCounterByUserIdRequest
)


class LimitServicer(CommonRpcs):
    """See LimitService in the proto."""

    def __init__(
        self, parts: SharedServices, signed: SheetRunner, scripts: Scripts, after_scripts: AfterScripts
    ) -> None:
        super().__init__(DEFINITION, parts)
        self.scripts = scripts
        self.after_scripts = after_scripts
        self.signed = signed
        self.models = ModelCache()

    # Counters

    async def DescribeCounters(self, call: Call[pb.DescribeCountersRequest]) -> Message:
        return await self._describe(call)

    async def DescribeCountersByUserId(self, call: Call[pb.DescribeCountersByUserIdRequest]) -> Message:
        return await self._describe(call)

    async def _describe(self, call: Call[_DescribeRequest]) -> Message:
        namespace = await self.namespace_of(call)
        limit = limit_of(call)
        counters = await counting.page(
            call.tx,
            namespace.namespace_id,
            call.player,
            call.request.limit_name or None,
            after=CounterPosition.parse(self.pager.cursor(call) or ""),
            limit=limit + 1,
            now=call.now,
        )
        return self.pager.reply(
            call,
            counters,
            limit,
            lambda counter: str(CounterPosition.of(counter)),
            lambda counter: resources_pb2.Counter(**render.counter(self.grns, namespace.name, counter)),
        )

    @one_statement
    async def GetCounter(self, call: Call[pb.GetCounterRequest]) -> Message:
        return self._reply(call, await counting.get(call.tx, await self._name(call), now=call.now))

    @one_statement
    async def GetCounterByUserId(self, call: Call[pb.GetCounterByUserIdRequest]) -> Message:
        return self._reply(call, await counting.get(call.tx, await self._name(call), now=call.now))

    @one_statement
    @emits(events.counted_up, by_statement=True)
    async def CountUp(self, call: Call[pb.CountUpRequest]) -> Message:
        return await self._count_up(call)

    @one_statement
    @emits(events.counted_up, by_statement=True)
    @acts(acting.count_up)
    async def CountUpByUserId(self, call: Call[pb.CountUpByUserIdRequest]) -> Message:
        return await self._count_up(call)

    async def _count_up(self, call: Call[events.CountUpRequest]) -> Message:
        request = call.request
        issuer = call.issuer
        permit = CountUpScript(
            self.scripts,
            self.after_scripts,
            self.grns,
            request,
            call,
            in_transaction=issuer is not None or call.in_transaction,
            issuer=issuer,
        )
        counter = await counting.count_up(
            call.tx,
            await self._name(call),
            self.models,
            value=events.value_up(request),
            max_value=events.most_of(request),
            now=call.now,
            permit=permit,
        )
        return self._reply(call, counter)

    @one_statement
    @emits(events.counted_down, by_statement=True)
    @acts(acting.count_down)
    async def CountDownByUserId(self, call: Call[pb.CountDownByUserIdRequest]) -> Message:
        value = events.value_down(call.request)
        name = await self._name(call)
        return self._reply(call, await counting.count_down(call.tx, name, self.models, value=value, now=call.now))

    @emits(events.deleted)
    async def DeleteCounterByUserId(self, call: Call[pb.DeleteCounterByUserIdRequest]) -> Message:
        return self._reply(call, await counting.delete(call.tx, await self._name(call), now=call.now))

    @one_statement
    async def VerifyCounter(self, call: Call[pb.VerifyCounterRequest]) -> Message:
        return await self._verify(call)

    @one_statement
    @acts(acting.verify)
    async def VerifyCounterByUserId(self, call: Call[pb.VerifyCounterByUserIdRequest]) -> Message:
        return await self._verify(call)

    async def _verify(self, call: Call[_VerifyRequest]) -> Message:
        request = call.request
        counter = await counting.verify(
            call.tx, await self._name(call), verify_type=request.verify_type, count=request.count, now=call.now
        )
        return self._reply(call, counter)

    async def _name(self, call: Call[_CounterRequest]) -> CounterName:
        namespace = await self.known_namespace(call)
        return CounterName(namespace.namespace_id, call.player, call.request.limit_name, call.request.counter_name)

    def _reply(self, call: Call[_CounterRequest], counter: Counter) -> Message:
        return call.reply(item=render.counter(self.grns, call.request.namespace_name, counter))

    @authorized(signed_task)
    async def CountUpByStampTask(self, call: Call[pb.CountUpByStampTaskRequest], part: SheetPart) -> Message:
        return await self.signed.run_task_as(call, part, COUNT_UP)

    @authorized(signed_sheet)
    async def CountDownByStampSheet(self, call: Call[pb.CountDownByStampSheetRequest], whole: Whole) -> Message:
        return await self.signed.run_sheet_as(call, whole, COUNT_DOWN)

    @authorized(signed_sheet)
    async def DeleteByStampSheet(self, call: Call[pb.DeleteByStampSheetRequest], whole: Whole) -> Message:
        return await self.signed.run_sheet_as(call, whole, DELETE_COUNTER)

    @authorized(signed_verify_task)
    async def VerifyCounterByStampTask(
        self, call: Call[pb.VerifyCounterByStampTaskRequest], part: SheetPart
    ) -> Message:
        return await self.signed.run_task_as(call, part, VERIFY_COUNTER)

    # Limits and their master data

    async def DescribeLimitModelMasters(self, call: Call[pb.DescribeLimitModelMastersRequest]) -> Message:
        return await crud.describe(call, LIMIT_MASTER, self.grns, await self.drafts(call, LIMIT), self.pager)

    async def CreateLimitModelMaster(self, call: Call[pb.CreateLimitModelMasterRequest]) -> Message:
        return await crud.create(call, LIMIT_MASTER, self.grns, await self.drafts(call, LIMIT))

    async def GetLimitModelMaster(self, call: Call[pb.GetLimitModelMasterRequest]) -> Message:
        return await crud.get(call, LIMIT_MASTER, self.grns, await self.drafts(call, LIMIT))

    async def UpdateLimitModelMaster(self, call: Call[pb.UpdateLimitModelMasterRequest]) -> Message:
        return await crud.update(call, LIMIT_MASTER, self.grns, await self.drafts(call, LIMIT))

    async def DeleteLimitModelMaster(self, call: Call[pb.DeleteLimitModelMasterRequest]) -> Message:
        return await crud.delete(call, LIMIT_MASTER, self.grns, await self.drafts(call, LIMIT))

    async def GetCurrentLimitMaster(self, call: Call[pb.GetCurrentLimitMasterRequest]) -> Message:
        return await self.masters.current(call)

    @prepared(draw_master_upload)
    async def PreUpdateCurrentLimitMaster(
        self, call: Call[pb.PreUpdateCurrentLimitMasterRequest], plan: PreUpload
    ) -> Message:
        return await self.masters.pre_update(call, plan)

    @prepared(receive_master)
    async def UpdateCurrentLimitMaster(
        self, call: Call[pb.UpdateCurrentLimitMasterRequest], received: Received
    ) -> Message:
        return await self.put_in_force(call, received)

    @prepared(check_out_master)
    async def UpdateCurrentLimitMasterFromGitHub(
        self, call: Call[pb.UpdateCurrentLimitMasterFromGitHubRequest], received: Received
    ) -> Message:
        return await self.put_in_force(call, received)

    async def DescribeLimitModels(self, call: Call[pb.DescribeLimitModelsRequest]) -> Message:
        namespace = await self.namespace_of(call)
        return call.reply(items=await master_data.models(call, self.grns, namespace, LIMIT))

    async def GetLimitModel(self, call: Call[pb.GetLimitModelRequest]) -> Message:
        namespace = await self.namespace_of(call)
        return call.reply(item=await master_data.model(call, self.grns, namespace, LIMIT, call.request.limit_name))

    async def PreviewResets(self, call: Call[pb.PreviewResetsRequest]) -> Message:
        namespace = await self.namespace_of(call)
        request = call.request
        schedule = await models.schedule(call.tx, namespace.namespace_id, request.limit_name)
        count = request.count if request.HasField("count") else PREVIEW_DEFAULT
        after = request.after if request.HasField("after") else call.now
        return call.reply(resets=resets.resets(schedule, after, count))

    # Moving in

    async def ImportCounters(self, call: Call[pb.ImportCountersRequest]) -> Message:
        namespace = await self.namespace_of(call)
        outcomes = await importing.counters(call.tx, namespace.namespace_id, call.request.items, now=call.server_now)
        return call.reply(outcomes=outcomes)
