"""Calls whose messages have items: each item has an outcome of its own."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from redeem.common.v1 import common_pb2
from redeem.serialkey.v1 import requests_pb2 as pb

from support.world import World

BATCHES = frozenset({"BatchVerify", "BatchUse", "BatchCountUp", "UseStream"})


def error_of(error: common_pb2.ItemError) -> grpc.aio.AioRpcError:
    """Return the error that the unary call of an item would have raised."""
    code = next(code for code in grpc.StatusCode if code.value[0] == error.code)
    status = status_pb2.Status(code=error.code, message=error.message)
    _pack(status, error_details_pb2.ErrorInfo(reason=error.reason, domain="redeemd", metadata=error.metadata))
    if error.violations:
        fields = [{"field": it.field, "description": it.description, "reason": it.reason} for it in error.violations]
        _pack(status, error_details_pb2.BadRequest(field_violations=fields))
    if error.HasField("retry_after_ms"):
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(error.retry_after_ms)
        _pack(status, error_details_pb2.RetryInfo(retry_delay=delay))
    trailing = grpc.aio.Metadata(("grpc-status-details-bin", status.SerializeToString()))
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, error.message)


def _pack(status: status_pb2.Status, detail: Message) -> None:
    packed = any_pb2.Any()
    packed.Pack(detail)
    status.details.append(packed)


def raise_first(response: Any) -> None:
    """Raise the error of the first item that failed, if there is one."""
    for outcome in response.outcomes:
        if outcome.HasField("error"):
            raise error_of(outcome.error)


async def call_batch(method: Any, request: Any, metadata: Any) -> Any:
    """Call a method with a batch of either kind; return the response, or the first message of a stream of responses.

    An idempotency key in the metadata becomes that of each item. Raises the error of the first item that failed.
    """
    keys = [value for name, value in metadata if name == "idempotency-key"]
    for item in request.items if keys else ():
        item.request.duplication_avoider = f"{keys[0]}-{item.id}"
    others = tuple(pair for pair in metadata if pair[0] != "idempotency-key")
    if isinstance(method, grpc.aio.StreamStreamMultiCallable):
        response = await anext(aiter(method(iter([request]), metadata=others)))
    else:
        response = await method(request, metadata=others)
    raise_first(response)
    return response


def use_item(world: World, number: int, code: str, user_id: str = "alice", **fields: Any) -> pb.UseItem:
    """Return an item that uses a code."""
    request = pb.UseByUserIdRequest(namespace_name=world.name, user_id=user_id, code=code, **fields)
    return pb.UseItem(id=number, request=request)


async def batch_use(world: World, items: Iterable[pb.UseItem]) -> Sequence[Any]:
    """Use codes by BatchUse as the administrator; return the outcomes."""
    request = pb.BatchUseRequest(namespace_name=world.name, items=items)
    response = await world.service.serial_keys.BatchUse(request, metadata=world.service.admin)
    return list(response.outcomes)


def outcomes_of(outcomes: Iterable[Any]) -> dict[int, str]:
    """Return OK, or the reason of the error, by the id of the item."""
    return {it.id: it.error.reason if it.HasField("error") else "OK" for it in outcomes}


async def stream_use(world: World, messages: Iterable[Sequence[pb.UseItem]]) -> AsyncIterator[Any]:
    """Use codes by UseStream as the administrator, with one message for each sequence; yield the outcomes."""
    requests = (pb.UseStreamRequest(namespace_name=world.name, items=items) for items in messages)
    async for message in world.service.serial_keys.UseStream(requests, metadata=world.service.admin):
        for outcome in message.outcomes:
            yield outcome
