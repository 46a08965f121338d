"""Sends calls that begin at about the same time as the items of one batch or stream; each keeps its own outcome."""

import asyncio
import itertools

import grpc
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from support.batches import error_of

COLLECT_SECONDS = 0.005
# By unary method: the batch, its request, its items.
_BATCHES = {
    "UseByUserId": ("BatchUse", pb.BatchUseRequest, pb.UseItem),
    "VerifyCodeByUserId": ("BatchVerify", pb.BatchVerifyRequest, pb.VerifyItem),
    "CountUpByUserId": ("BatchCountUp", limit_pb.BatchCountUpRequest, limit_pb.CountUpItem),
}
_STREAMS = {"UseByUserId": ("UseStream", pb.UseStreamRequest, pb.UseItem)}


class Batching:
    """Takes turns: of the calls of a method, some are sent alone, some in batches and some on streams."""

    def __init__(self, stubs, metadata):
        self._stubs = stubs
        self._metadata = metadata
        self._turns = itertools.count()
        self._waiting = {}  # the futures of requests, by what they are sent with
        self._tasks = set()

    async def send(self, rpc, request, seconds):
        """Return the response of a call that is sent with others; None if it has to be sent alone.

        Raises the grpc.aio.AioRpcError of the item, or that of the batch or stream if the item has no outcome.
        """
        ways = [None, _BATCHES.get(rpc.method), _STREAMS.get(rpc.method)]
        way = ways[next(self._turns) % len(ways)]
        if way is None:
            return None
        together = self._waiting.get((rpc.service, way, request.namespace_name))
        if together is None:
            together = self._waiting[rpc.service, way, request.namespace_name] = []
            task = asyncio.create_task(self._send(rpc.service, way, request.namespace_name, seconds))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        outcome = asyncio.get_running_loop().create_future()
        together.append((request, outcome))
        return await outcome

    async def _send(self, service, way, namespace_name, seconds):
        await asyncio.sleep(COLLECT_SECONDS)
        together = self._waiting.pop((service, way, namespace_name))
        method, request_type, item_type = way
        items = [item_type(id=number, request=request) for number, (request, _) in enumerate(together)]
        send = getattr(self._stubs[service], method)
        how = {"timeout": seconds, "metadata": self._metadata, "wait_for_ready": True}
        error = None
        try:
            if method == "UseStream":
                messages = (request_type(namespace_name=namespace_name, items=[item]) for item in items)
                async for answer in send(messages, **how):
                    _deliver(together, answer)
            else:
                _deliver(together, await send(request_type(namespace_name=namespace_name, items=items), **how))
        except grpc.aio.AioRpcError as raised:
            error = raised
        for _, outcome in together:
            if not outcome.done():
                outcome.set_exception(error or AssertionError(f"{method} ended without an outcome of each item"))


def _deliver(together, answer):
    for each in answer.outcomes:
        _, outcome = together[each.id]
        if each.HasField("error"):
            outcome.set_exception(error_of(each.error))
        else:
            outcome.set_result(each.response)
