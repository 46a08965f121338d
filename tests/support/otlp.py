"""A receiver of traces by OTLP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from support.patience import WAIT_SECONDS


@dataclass
class Received:
    """A span, with its attributes as a dict."""

    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    state: str
    failed: bool
    began: int
    ended: int
    attributes: dict[str, Any]


@dataclass
class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps the spans that it is sent."""

    address: str = ""
    resources: list[dict[str, Any]] = field(default_factory=list)
    spans: list[Received] = field(default_factory=list)
    silent: bool = False  # whether it never responds
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def Export(self, request: Any, _context: Any) -> Any:  # noqa: N802 -- as in the contract
        """See the protocol."""
        for of_resource in request.resource_spans:
            self.resources.append(_attributes(of_resource.resource))
            for scope in of_resource.scope_spans:
                self.spans += map(_received, scope.spans)
        self._arrived.set()
        if self.silent:
            await asyncio.Event().wait()
        return trace_service_pb2.ExportTraceServiceResponse()

    async def named(self, name: str) -> Received:
        """Wait for a span and return it."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not (found := [span for span in self.spans if span.name == name]):
                self._arrived.clear()
                await self._arrived.wait()
        return found[-1]

    def inside(self, parent: Received) -> list[str]:
        """Return the names of the spans inside another one, by their beginning."""
        found = sorted((span for span in self.spans if span.parent_id == parent.span_id), key=lambda span: span.began)
        return [span.name for span in found]


def _attributes(holder: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in holder.attributes}


def _received(span: Any) -> Received:
    return Received(
        name=span.name,
        kind=span.kind,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        state=span.trace_state,
        failed=span.status.code == span.status.STATUS_CODE_ERROR,
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        attributes=_attributes(span),
    )


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Run a receiver."""
    server, receiver = grpc.aio.server(), Receiver()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(receiver, server)  # type: ignore[no-untyped-call]
    receiver.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield receiver
    finally:
        await server.stop(None)
