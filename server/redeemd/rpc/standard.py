"""The standard gRPC services (health, reflection, channelz) within the limits of callers without a credential.

Libraries provide the servicers. Left to grpc.aio, their methods would accept messages of any size, wait for them
without a timeout, and keep any number of streams open. Here their calls are received, refused and counted like all
others. They are not logged: probes call every few seconds.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol

from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from grpc_channelz.v1 import channelz as channelz_library
from grpc_channelz.v1 import channelz_pb2
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection_pb2

from redeemd import errors
from redeemd.contract.options import REQUEST_BYTES_MAX
from redeemd.errors import Violation
from redeemd.rpc.bind import Endpoint, rpc_handler
from redeemd.rpc.limiter import Place, Streams
from redeemd.rpc.method import Handlers, RpcHandler
from redeemd.rpc.ports import Context, Metadata
from redeemd.rpc.receiving import Receiver
from redeemd.rpc.reflection import V1, V1ALPHA, servicer
from redeemd.rpc.request_log import Entry
from redeemd.rpc.runtime import Runtime

SERVICE_NAME_CHARACTERS_MAX = 256  # of a watched service, which need not exist

_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"]
HEALTH: str = _HEALTH.full_name

_Body = Callable[[Message, Context], Awaitable[Message]]  # of a library's servicer
_StreamingBody = Callable[[AsyncIterator[Message], Context], AsyncGenerator[Message, None]]


class _Unary:
    """Serves a method of one request and one reply. It waits for its request in the lobby, and then for nothing."""

    def __init__(self, receiver: Receiver, body: _Body) -> None:
        self.receiver = receiver
        self._body = body

    async def serve(self, context: Context, _metadata: Metadata, _entry: Entry, _place: Place) -> Message:
        """Return the reply to a call. It takes no place: an overloaded server is healthy."""
        reply: Message = await self._body(await _request(self.receiver, context), context)
        return reply


class _Watch:
    """Serves Health.Watch."""

    def __init__(self, receiver: Receiver, body: _Body, streams: Streams) -> None:
        self.receiver = receiver
        self._body = body
        self._streams = streams

    async def serve(self, context: Context, _metadata: Metadata, _entry: Entry, _place: Place) -> None:
        """Stream the status of a service."""
        request: health_pb2.HealthCheckRequest = await _request(self.receiver, context)
        if len(request.service) > SERVICE_NAME_CHARACTERS_MAX:
            text = f"must have at most {SERVICE_NAME_CHARACTERS_MAX} characters"
            raise errors.ValidationFailed(violations=[Violation("service", text, "tooLong")])
        self._streams.add(context)
        await self._body(request, context)


class _Reflection:
    """Serves ServerReflectionInfo. It receives a message only when the reply to the one before has been sent."""

    def __init__(self, receiver: Receiver, body: _StreamingBody, streams: Streams) -> None:
        self.receiver = receiver
        self._body = body
        self._streams = streams

    async def serve(self, context: Context, _metadata: Metadata, _entry: Entry, _place: Place) -> None:
        """Stream a reply to each message."""
        first = await self.receiver.first(context, caller_known=False)
        if first is None:
            return
        self._streams.add(context)
        async with aclosing(self._body(_Messages(first, self.receiver, context), context)) as replies:
            async for reply in replies:
                await context.write(reply)
                self.receiver.telemetry.sent += 1


class _Messages:
    """The messages of a stream. Iterating raises what Receiver.next raises."""

    def __init__(self, first: Message, receiver: Receiver, context: Context) -> None:
        self._ahead: Message | None = first
        self._receiver = receiver
        self._context = context

    def __aiter__(self) -> "_Messages":
        return self

    async def __anext__(self) -> Message:
        message, self._ahead = self._ahead, None
        message = message or await self._receiver.next(self._context)
        if message is None:
            raise StopAsyncIteration
        return message


async def _request(receiver: Receiver, context: Context) -> Message:
    request = await receiver.first(context, caller_known=False)
    if request is None:
        raise errors.RequestMalformed
    return request


def _receiver(method: MethodDescriptor, runtime: Runtime) -> Receiver:
    request_type = message_factory.GetMessageClass(method.input_type)
    telemetry = runtime.telemetry.method(method, log=False)
    return Receiver(request_type, runtime.limiter.lobby, telemetry, bytes_max=REQUEST_BYTES_MAX)


class _Shape(Protocol):
    """Serves one method."""

    receiver: Receiver

    async def serve(self, context: Context, metadata: Metadata, entry: Entry, place: Place, /) -> Message | None:
        """Return the reply, or None if the method has sent its replies."""


def _handlers(service: ServiceDescriptor, shapes: Mapping[str, _Shape], runtime: Runtime) -> Handlers:
    """Return the handlers of a service; `shapes` are what serves its methods, by name."""
    return {
        f"/{service.full_name}/{name}": _handler(service.methods_by_name[name], shapes[name], runtime)
        for name in shapes
    }


def _handler(method: MethodDescriptor, shape: _Shape, runtime: Runtime) -> RpcHandler:
    endpoint = Endpoint(shape.serve, method.containing_service.full_name, runtime, shape.receiver.telemetry)
    reply_type = message_factory.GetMessageClass(method.output_type)
    return rpc_handler(endpoint, response_streaming=method.server_streaming, reply_type=reply_type)


def health(state: health_aio.HealthServicer, runtime: Runtime) -> Handlers:
    """Return the handlers of the health service."""
    check, watch = _HEALTH.methods_by_name["Check"], _HEALTH.methods_by_name["Watch"]
    shapes: dict[str, _Shape] = {
        "Check": _Unary(_receiver(check, runtime), state.Check),
        "Watch": _Watch(_receiver(watch, runtime), state.Watch, runtime.limiter.watches),
    }
    return _handlers(_HEALTH, shapes, runtime)


def channelz(runtime: Runtime) -> Handlers:
    """Return the handlers of channelz."""
    service, bodies = channelz_pb2.DESCRIPTOR.services_by_name["Channelz"], channelz_library.aio.ChannelzServicer()
    shapes = {m.name: _Unary(_receiver(m, runtime), getattr(bodies, m.name)) for m in service.methods}
    return _handlers(service, shapes, runtime)


def reflection(names: Sequence[str], runtime: Runtime) -> Handlers:
    """Return the handlers of reflection, v1 and v1alpha; `names` are the other services to list."""
    service = reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"]
    (method,) = service.methods
    body = servicer([*names, V1ALPHA]).ServerReflectionInfo
    shape = _Reflection(_receiver(method, runtime), body, runtime.limiter.reflections)
    handlers = _handlers(service, {method.name: shape}, runtime)
    # v1 has the same messages. Its calls are counted with those of v1alpha.
    return {**handlers, f"/{V1}/{method.name}": handlers[f"/{V1ALPHA}/{method.name}"]}
