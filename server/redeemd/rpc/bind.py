"""Builds the handler of each method once, at start-up. Every call passes these steps in order.

load shedding -> identify the caller -> receive and parse the request -> validate -> decide what to log -> prepare ->
one transaction (idempotency key, body) -> settle reservations -> reply or refusal -> metrics and log. There are no
interceptors: grpc.aio would build them anew for every call.

Rules surround the body. They are composed once per method, without those that do not apply to it. From the outside: the
rules of features around a transaction (external actions), the transaction, dry run, idempotency key, and the rules of
features around a body (events, external actions). See redeemd.rpc.pipeline and redeemd.rpc.ports.

grpc.aio receives and parses the message of a unary method before it calls the handler. Here the caller is identified
first, so every method is registered with streamed requests, which are the same on the wire.

The body of a method that streams its reply runs once for each page, each time in a transaction of its own, and returns
a Page. A method with a request stream works outside transactions, on an Incoming. See redeemd.rpc.streams.
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
from redeemd.base.methods import MethodTelemetry
from redeemd.errors import ServiceError
from redeemd.rpc import spans
from redeemd.rpc.batch_streams import BatchStream
from redeemd.rpc.batches import Batch
from redeemd.rpc.discarding import discard
from redeemd.rpc.limiter import Lobby, Place
from redeemd.rpc.method import Handlers, Method, RpcHandler
from redeemd.rpc.pipeline import Unary
from redeemd.rpc.ports import Context, Metadata
from redeemd.rpc.refusals import refusal_of, to_status
from redeemd.rpc.request_log import Entry
from redeemd.rpc.runtime import REQUEST_ID, Runtime
from redeemd.rpc.streams import ClientStreaming, ServerStreaming

Work = Callable[[Context, Metadata, Entry, Place], Awaitable[Message | None]]

# A call that is cancelled this close to its deadline was ended by it: the client's timer expires first, and its
# cancellation arrives before our own timer fires. Clients round deadlines up when they send them.
_DEADLINE_SLACK_SECONDS = 0.05
_DEADLINE_ROUNDING = 0.02


class Endpoint:
    """The entry point of one method for grpc: maps errors to refusals, counts and logs."""

    def __init__(self, work: Work, component: str, runtime: Runtime, telemetry: MethodTelemetry) -> None:
        """`work` returns the reply to a call; `component` is named in refusals of invalid requests."""
        self._work = work
        self._component = component
        self._runtime = runtime
        self._telemetry = telemetry

    async def serve(self, _requests: object, context: Context) -> Message | None:
        """Serve one call."""
        metadata: Metadata = dict(context.invocation_metadata())  # type: ignore[arg-type]  # it is a tuple of pairs
        trace = self._telemetry.tracing.of(metadata, self._telemetry.full_name)
        entry = Entry(self._runtime.request_ids.of(metadata), self._telemetry.started(), trace)
        # Not initial metadata: sent before the outcome, it would keep proxies from retrying the call.
        context.set_trailing_metadata(((REQUEST_ID, entry.request_id),))
        place = Place(self._runtime.limiter)
        try:
            try:
                reply = await self._work(context, metadata, entry, place)
            finally:
                place.leave()
        except asyncio.CancelledError:
            self._finished(context, entry, _why_cancelled(context, entry))
            raise
        except grpc.aio.AbortError as aborted:  # by the servicer of a library
            self._finished(context, entry, context.code().name)
            del context, _requests
            raise aborted.with_traceback(None) from None
        except Exception as raised:  # noqa: BLE001 -- unexpected errors become INTERNAL, without their text
            error = refusal_of(
                raised, self._component, lambda defect: self._runtime.telemetry.defect(defect, entry.request_id)
            )
            errors.drop_tracebacks(raised)
        else:
            self._finished(context, entry, "OK", reply=reply)
            return reply
        self._finished(context, entry, error.status.name, error.reason)
        try:
            await context.abort_with_status(_aborted(error, entry))
        except grpc.aio.AbortError as aborted:
            # The context refers to the error, and the error to this frame by its traceback. So this frame must not
            # refer to the context: see errors.drop_tracebacks.
            del context, _requests
            raise aborted.with_traceback(None) from None
        raise AssertionError("abort_with_status raises")

    def _finished(
        self, context: Context, entry: Entry, status: str, reason: str | None = None, reply: Message | None = None
    ) -> None:
        """Count the call and log it."""
        seconds = self._telemetry.finished(entry.began, status)
        if reply is not None:
            self._telemetry.sent += 1
        if entry.trace is not None and entry.trace.span is not None:
            spans.end(entry.trace.span, status, entry.known)
        log = self._telemetry.log
        if log is None:
            return
        severity = log.severity(status, seconds, always=bool(entry.logging_namespace_id))
        if severity is not None:
            addition = self._addition(entry, reply) if entry.logging_namespace_id else ""
            members = entry.members(context.peer())
            log.write(severity, status, seconds, reason=reason, members=members, addition=addition)

    def _addition(self, entry: Entry, reply: Message | None) -> str:
        try:
            return entry.text(reply)
        except Exception as defect:  # noqa: BLE001 -- the call is decided; its usual line is written in any case
            self._runtime.telemetry.defect(defect, entry.request_id)
            return ""


def _aborted(error: ServiceError, entry: Entry) -> grpc.Status:
    """Return the status of a refused call, with its trailing metadata."""
    status = rpc_status.to_status(to_status(error, entry.request_id, entry.trace_id))
    aborted: grpc.Status = status._replace(  # rpc_status declares no types
        trailing_metadata=(*status.trailing_metadata, (REQUEST_ID, entry.request_id))
    )
    return aborted


def _why_cancelled(context: Context, entry: Entry) -> str:
    """Return the status of a cancelled call: its deadline passed, or its client cancelled it."""
    remaining = context.time_remaining()
    elapsed = time.perf_counter() - entry.began
    if remaining is not None and remaining <= _DEADLINE_SLACK_SECONDS + _DEADLINE_ROUNDING * elapsed:
        return "DEADLINE_EXCEEDED"
    return "CANCELLED"


def rpc_handler(endpoint: Endpoint, *, response_streaming: bool, reply_type: type[Message]) -> RpcHandler:
    """Return the handler of grpc for an endpoint. Requests are streamed for all methods, and not parsed."""
    # grpc-stubs declares only behaviours that are not coroutines.
    make: Any = grpc.stream_stream_rpc_method_handler if response_streaming else grpc.stream_unary_rpc_method_handler
    handler: RpcHandler = make(endpoint.serve, response_serializer=reply_type.SerializeToString)
    return handler


def _discarding_the_rest(work: Work, lobby: Lobby) -> Work:
    """Return work on a stream of requests; before a refusal, the rest of the stream is discarded. See `discard`."""

    async def serve(context: Context, metadata: Metadata, entry: Entry, place: Place) -> Message | None:
        try:
            return await work(context, metadata, entry, place)
        except Exception:
            await discard(context, lobby, sent=entry.call is not None)
            raise

    return serve


_SHAPES: dict[tuple[bool, bool], type[Unary | ServerStreaming | ClientStreaming]] = {
    (False, False): Unary,
    (False, True): ServerStreaming,
    (True, False): ClientStreaming,
}


def _handler(descriptor: MethodDescriptor, servicer: object, runtime: Runtime) -> RpcHandler:
    """Return the gRPC handler of a method. Raises TypeError for a method that cannot be bound."""
    method = Method.of(descriptor, servicer)
    telemetry = runtime.telemetry.method(descriptor, writes=method.policy.writes)
    work: Work
    if method.policy.batch_of:
        unary = Method.of(descriptor.containing_service.methods_by_name[method.policy.batch_of], servicer)
        batches = BatchStream if descriptor.client_streaming else Batch
        work = batches(method, unary, runtime, telemetry).serve
    else:
        work = _SHAPES[descriptor.client_streaming, descriptor.server_streaming](method, runtime, telemetry).serve
    if descriptor.client_streaming:
        work = _discarding_the_rest(work, runtime.limiter.lobby)
    endpoint = Endpoint(work, method.policy.component, runtime, telemetry)
    return rpc_handler(endpoint, response_streaming=descriptor.server_streaming, reply_type=method.reply_type)


def bind(service: ServiceDescriptor, servicer: object, runtime: Runtime) -> Handlers:
    """Return the handlers of a service by full method path. Raises TypeError for a method that cannot be bound."""
    return {f"/{service.full_name}/{method.name}": _handler(method, servicer, runtime) for method in service.methods}
