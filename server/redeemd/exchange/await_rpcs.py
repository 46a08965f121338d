"""RPCs on awaits: create, list, acquire, skip and delete. Methods in the order of the proto."""

import uuid

from google.protobuf.message import Message
from redeem.exchange.v1 import requests_pb2 as pb
from redeem.exchange.v1 import resources_pb2

from redeemd.contract import documented_json
from redeemd.event.recorder import emits
from redeemd.exchange import awaits, events, importing, render
from redeemd.exchange.actions import ACQUIRE_FORCE, CREATE_AWAIT, DELETE_AWAIT, SKIP
from redeemd.exchange.awaits import Await, AwaitName, AwaitPosition, Awaits, config_messages, config_of
from redeemd.exchange.definition import RATE
from redeemd.exchange.errors import AwaitLocked, RateNotAwaiting
from redeemd.exchange.exchange_rpcs import begin, require_awaiting
from redeemd.exchange.rates import Rates
from redeemd.exchange.scripted import Event, ExchangeScripts, Subject, config_argument, require_whole_reward
from redeemd.exchange.skipping import SkipType
from redeemd.resources.common import CommonRpcs
from redeemd.resources.paging import limit_of
from redeemd.rpc.call import Call
from redeemd.rpc.marks import authorized
from redeemd.transaction import added
from redeemd.transaction.opening import Whole, signed_sheet, signed_task
from redeemd.transaction.runner import Runner
from redeemd.transaction.sheets import SheetPart
from redeemd.transaction.signed import SheetRunner

_DescribeRequest = pb.DescribeAwaitsRequest | pb.DescribeAwaitsByUserIdRequest
_AcquireRequest = pb.AcquireRequest | pb.AcquireByUserIdRequest | pb.AcquireForceByUserIdRequest
# The requests that name an await.
_AwaitRequest = (
    _AcquireRequest
    | pb.GetAwaitRequest
    | pb.GetAwaitByUserIdRequest
    | pb.SkipByUserIdRequest
    | pb.DeleteAwaitRequest
    | pb.DeleteAwaitByUserIdRequest
)


class AwaitRpcs(CommonRpcs):
    """See ExchangeService in the proto."""

    awaits: Awaits
    rates: Rates
    runner: Runner
    scripts: ExchangeScripts
    signed: SheetRunner

    @emits(events.awaiting)
    async def CreateAwaitByUserId(self, call: Call[pb.CreateAwaitByUserIdRequest]) -> Message:
        namespace = await self.known_namespace(call)
        request = call.request
        found = await awaits.in_force(call.tx, namespace.namespace_id, RATE.kind, request.rate_name, RATE.not_found)
        model = self.rates.rate(found.model).model
        if model.timing_type != resources_pb2.TIMING_TYPE_AWAIT:
            raise RateNotAwaiting(error_type="invalid")
        require_awaiting(found.settings)
        awaits.check_config(request.config, "config")
        item = await self.awaits.create(
            call.tx,
            AwaitName(namespace.namespace_id, request.user_id, str(uuid.uuid4())),
            rate_name=request.rate_name,
            count=request.count if request.HasField("count") else 1,
            lock_seconds=model.lock_time * awaits.SECONDS_OF_A_MINUTE,
            config=config_of(request.config),
            promised=awaits.promise(model),
            now=call.now,
        )
        return self._reply(call, item)

    async def DescribeAwaits(self, call: Call[pb.DescribeAwaitsRequest]) -> Message:
        return await self._describe(call)

    async def DescribeAwaitsByUserId(self, call: Call[pb.DescribeAwaitsByUserIdRequest]) -> Message:
        return await self._describe(call)

    async def _describe(self, call: Call[_DescribeRequest]) -> Message:
        namespace = await self.namespace_of(call)
        limit = limit_of(call)
        items = await self.awaits.page(
            call.tx,
            namespace.namespace_id,
            call.player,
            call.request.rate_name or None,
            after=AwaitPosition.parse(self.pager.cursor(call) or ""),
            limit=limit + 1,
        )
        return self.pager.reply(
            call,
            items,
            limit,
            lambda item: str(item.position),
            lambda item: render.awaiting(self.grns, namespace.name, item),
        )

    async def GetAwait(self, call: Call[pb.GetAwaitRequest]) -> Message:
        return self._reply(call, await self.awaits.get(call.tx, await self._name(call)))

    async def GetAwaitByUserId(self, call: Call[pb.GetAwaitByUserIdRequest]) -> Message:
        return self._reply(call, await self.awaits.get(call.tx, await self._name(call)))

    @emits(events.acquired)
    async def Acquire(self, call: Call[pb.AcquireRequest]) -> Message:
        return await self._acquire(call, force=False)

    @emits(events.acquired)
    async def AcquireByUserId(self, call: Call[pb.AcquireByUserIdRequest]) -> Message:
        return await self._acquire(call, force=False)

    @emits(events.acquired)
    async def AcquireForceByUserId(self, call: Call[pb.AcquireForceByUserIdRequest]) -> Message:
        return await self._acquire(call, force=True)

    async def _acquire(self, call: Call[_AcquireRequest], *, force: bool) -> Message:
        name = await self._name(call)
        item = await self.awaits.get(call.tx, name)
        found = await awaits.in_force(
            call.tx, name.namespace_id, RATE.kind, item.rate_name, RATE.not_found, promised=item.promised
        )
        if not force and call.now < item.acquirable_at:
            raise AwaitLocked(acquirable_at=str(item.acquirable_at))
        transaction = begin(self.runner, call, found.settings)
        reward_of = self.rates.rate(found.model).reward
        reward_of.require_here()
        config = {**item.config, **config_of(call.request.config)}  # the request wins (semantics 12.12)
        rendered = render.awaiting(self.grns, call.request.namespace_name, item)
        event = Event(
            "acquireAwait",
            found.settings.acquire_await_script,
            Subject(call.request.namespace_name, found),
            lambda: {
                "await": documented_json.to_json(rendered),
                "userId": call.player,
                "config": config_argument(config_messages(config)),
            },
        )
        permission = self.scripts.permission(transaction, event)
        require_whole_reward(event.trigger, permission)
        reward = transaction.plan(reward_of, config, count=item.count)
        delete = self.runner.parser.build(
            DELETE_AWAIT,
            "consumeActions[0]",
            namespace_name=call.request.namespace_name,
            user_id=call.player,
            await_name=item.name,
        )
        await transaction.perform_all(added.joined([*transaction.admit(delete), *reward], permission.actions))
        await self.scripts.after(transaction, event)
        return await transaction.reply(item=rendered)

    @emits(events.awaiting)
    async def SkipByUserId(self, call: Call[pb.SkipByUserIdRequest]) -> Message:
        request = call.request
        item = await self.awaits.skip(
            call.tx,
            await self._name(call),
            SkipType(request.skip_type) if request.HasField("skip_type") else SkipType.COMPLETE,
            minutes=request.minutes,
            rate=request.rate,
            now=call.now,
        )
        return self._reply(call, item)

    @emits(events.awaiting)
    async def DeleteAwait(self, call: Call[pb.DeleteAwaitRequest]) -> Message:
        return self._reply(call, await self.awaits.delete(call.tx, await self._name(call)))

    @emits(events.awaiting)
    async def DeleteAwaitByUserId(self, call: Call[pb.DeleteAwaitByUserIdRequest]) -> Message:
        return self._reply(call, await self.awaits.delete(call.tx, await self._name(call)))

    async def _name(self, call: Call[_AwaitRequest]) -> AwaitName:
        namespace = await self.known_namespace(call)
        return AwaitName(namespace.namespace_id, call.player, call.request.await_name)

    def _reply(self, call: Call[_AwaitRequest | pb.CreateAwaitByUserIdRequest], item: Await) -> Message:
        return call.reply(item=render.awaiting(self.grns, call.request.namespace_name, item))

    @authorized(signed_sheet)
    async def CreateAwaitByStampSheet(self, call: Call[pb.CreateAwaitByStampSheetRequest], whole: Whole) -> Message:
        return await self.signed.run_sheet_as(call, whole, CREATE_AWAIT)

    @authorized(signed_sheet)
    async def AcquireForceByStampSheet(self, call: Call[pb.AcquireForceByStampSheetRequest], whole: Whole) -> Message:
        return await self.signed.run_sheet_as(call, whole, ACQUIRE_FORCE)

    @authorized(signed_sheet)
    async def SkipByStampSheet(self, call: Call[pb.SkipByStampSheetRequest], whole: Whole) -> Message:
        return await self.signed.run_sheet_as(call, whole, SKIP)

    @authorized(signed_task)
    async def DeleteAwaitByStampTask(self, call: Call[pb.DeleteAwaitByStampTaskRequest], part: SheetPart) -> Message:
        return await self.signed.run_task_as(call, part, DELETE_AWAIT)

    async def ImportAwaits(self, call: Call[pb.ImportAwaitsRequest]) -> Message:
        namespace = await self.namespace_of(call)
        for index, item in enumerate(call.request.items):
            awaits.check_config(item.config, f"items[{index}].config")
        outcomes = await importing.awaits_of(
            call.tx, namespace.namespace_id, call.request.items, self.awaits, now=call.server_now
        )
        return call.reply(outcomes=outcomes)
