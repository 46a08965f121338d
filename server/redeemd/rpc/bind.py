"""Wraps each method once, at start-up: what every call goes through, in order.

load shedding -> who calls -> receive and parse the request -> is it valid -> what to log -> prepare -> one
transaction (idempotency key, body) -> settle what was reserved -> reply or refusal -> metrics and log. No interceptors:
grpc.aio would run them anew for every call.

Around the body are rules, composed once per method, without those that do not apply to it. From the outside: the rules
of features around a transaction (external actions), the transaction, dry run, idempotency key, and the rules of
features around a body (events, external actions). See redeemd.rpc.pipeline and redeemd.rpc.ports.

grpc.aio receives and parses the message of a unary method before it calls the handler. Here the caller comes first, so
every method is registered as one whose requests are streamed, which is the same on the wire.

A method that streams its answer has a body that is run once for each page, each time in a transaction of its own: it
answers a Page. A method that is streamed to works outside transactions, on an Incoming. See redeemd.rpc.streams.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from grpc_status import rpc_status

from redeemd import errors
from redeemd.base.telemetry import MethodTelemetry
from redeemd.errors import ServiceError
from redeemd.rpc.call import Authorized
from redeemd.rpc.limiter import Place
from redeemd.rpc.method import Handlers, Method
from redeemd.rpc.pipeline import Unary
from redeemd.rpc.ports import Metadata, Plan
from redeemd.rpc.request_log import Entry
from redeemd.rpc.runtime import Runtime, request_id, store_refusal
from redeemd.rpc.streams import ClientStreaming, ServerStreaming
from redeemd.store import base

Work = Callable[[Any, Metadata, Entry, Place], Awaitable[Any]]

# A call that ends so close to its deadline was ended by it: the client's clock runs out first, and its cancellation is
# faster than our own timer. Clients round deadlines up when they send them.
_DEADLINE_SLACK_SECONDS = 0.05
_DEADLINE_ROUNDING = 0.02


def prepared(
    prepare: Callable[..., Awaitable[Plan]], *, inside: Callable[..., Awaitable[Plan]] | None = None
) -> Callable[[Any], Any]:
    """Give a method a first part, which runs outside any transaction and may read, decode, parse and fetch.

    The method is then called as method(call, plan) instead of method(call). `inside` is the first part of a method that
    is also an action: it answers the same inside a transaction that is under way.
    """

    def mark(method: Any) -> Any:
        method.prepare = prepare
        method.prepare_inside = inside
        return method

    return mark


def authorized(
    authorize: Callable[..., Awaitable[Authorized]], *, inside: Callable[..., Awaitable[Plan]] | None = None
) -> Callable[[Any], Any]:
    """Give a method with policy.decides_namespaces the step that decides whether its caller may make the call.

    It runs once the request is valid, outside any transaction and before a stored answer is looked up, so that nothing
    replaces its refusal. The method is then called as method(call, plan), with the plan of what the step returns.
    `inside` returns the plan of a method that is also an action, inside a transaction that is under way.
    """

    def mark(method: Any) -> Any:
        method.authorize = authorize
        method.prepare_inside = inside
        return method

    return mark


def without_store(method: Any) -> Any:
    """Mark a method that needs no transaction: it is called with a Call and works while the store does not."""
    method.without_store = True
    return method


def one_statement(method: Any) -> Any:
    """Mark a method whose body is good without a transaction around it: see the autocommit of Store.run."""
    method.one_statement = True
    return method


def rolled_back(method: Any) -> Any:
    """Mark a method that only finds out what would happen: its transaction is always taken back."""
    method.rolled_back = True
    return method


class Endpoint:
    """What grpc calls for one method: refuses, counts and logs around the work."""

    def __init__(self, work: Work, component: str, runtime: Runtime, telemetry: MethodTelemetry) -> None:
        """`work` returns the reply to a call; `component` is the one of refused requests."""
        self._work = work
        self._component = component
        self._runtime = runtime
        self._telemetry = telemetry

    async def serve(self, _requests: object, context: Any) -> Any:
        """Serve one call."""
        metadata: Metadata = dict(context.invocation_metadata())
        entry = Entry(request_id(metadata), self._telemetry.started())
        place = Place(self._runtime.limiter)
        try:
            try:
                reply = await self._work(context, metadata, entry, place)
            finally:
                place.leave()
        except asyncio.CancelledError:
            self._finished(entry, _why_cancelled(context, entry))
            raise
        except grpc.aio.AbortError as aborted:  # by the servicer of a library
            self._finished(entry, context.code())
            del context, _requests
            raise aborted.with_traceback(None) from None
        except Exception as raised:  # noqa: BLE001 -- whatever it is, the caller hears INTERNAL and nothing of the inside
            error = self._refusal(raised, entry)
            errors.drop_tracebacks(raised)
        else:
            self._finished(entry, grpc.StatusCode.OK, reply=reply)
            return reply
        self._finished(entry, error.status, error.reason)
        try:
            await context.abort_with_status(rpc_status.to_status(error.to_status(entry.request_id)))
        except grpc.aio.AbortError as aborted:
            # The context refers to the error, and the error to this frame by its traceback. So this frame must not
            # refer to the context: see errors.drop_tracebacks.
            del context, _requests
            raise aborted.with_traceback(None) from None
        raise AssertionError("abort_with_status raises")

    def _refusal(self, raised: Exception, entry: Entry) -> ServiceError:
        """Answer how a call is refused for what it raised."""
        if isinstance(raised, errors.ValidationFailed):
            raised.metadata.setdefault("component", self._component)
        if isinstance(raised, ServiceError):
            return raised
        if isinstance(raised, base.StoreError):
            return store_refusal(raised)
        self._runtime.telemetry.defect(raised, entry.request_id)
        return errors.Internal()

    def _finished(
        self, entry: Entry, status: grpc.StatusCode, reason: str | None = None, reply: Message | None = None
    ) -> None:
        """Count the call and log it."""
        addition = ""
        if entry.call is not None:
            try:
                addition = entry.text(reply)
            except Exception as defect:  # noqa: BLE001 -- the call is decided; its ordinary line is written in any case
                self._runtime.telemetry.defect(defect, entry.request_id)
        self._telemetry.finished(entry.began, entry.request_id, status, reason, addition)


def _why_cancelled(context: Any, entry: Entry) -> grpc.StatusCode:
    """Return what a call that was cancelled is counted as: its deadline passed, or its client left."""
    remaining = context.time_remaining()
    elapsed = time.perf_counter() - entry.began
    if remaining is not None and remaining <= _DEADLINE_SLACK_SECONDS + _DEADLINE_ROUNDING * elapsed:
        return grpc.StatusCode.DEADLINE_EXCEEDED
    return grpc.StatusCode.CANCELLED


def _handler(descriptor: MethodDescriptor, servicer: object, runtime: Runtime) -> "grpc.RpcMethodHandler[Any, Any]":
    """Return what grpc calls for a method. Raises TypeError for one that cannot be bound."""
    method = Method.of(descriptor, servicer)
    kinds: dict[tuple[bool, bool], tuple[Any, Any]] = {
        (False, False): (grpc.stream_unary_rpc_method_handler, Unary),
        (False, True): (grpc.stream_stream_rpc_method_handler, ServerStreaming),
        (True, False): (grpc.stream_unary_rpc_method_handler, ClientStreaming),
    }
    make, shape = kinds[descriptor.client_streaming, descriptor.server_streaming]
    work = shape(method, runtime).serve
    endpoint = Endpoint(work, method.policy.component, runtime, runtime.telemetry.method(descriptor))
    handler: grpc.RpcMethodHandler[Any, Any] = make(
        endpoint.serve, response_serializer=method.reply_type.SerializeToString
    )
    return handler


def bind(service: ServiceDescriptor, servicer: object, runtime: Runtime) -> Handlers:
    """Return the handlers of a service by full method path. Raises TypeError for a method that cannot be bound."""
    return {f"/{service.full_name}/{method.name}": _handler(method, servicer, runtime) for method in service.methods}
