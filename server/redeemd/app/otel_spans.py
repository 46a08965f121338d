"""Records spans with the SDK of OpenTelemetry, and exports them by OTLP. Imported only when spans are exported.

The names are those of the semantic conventions for RPC, stable since version 1.45:
https://opentelemetry.io/docs/specs/semconv/rpc/
"""

import threading
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from redeemd import __version__
from redeemd.base.trace import Attributes, Span, TraceContext

CLOSE_SECONDS = 5.0  # for the last spans; more would delay the end of a server whose receiver is down

_NOTHING: Mapping[str, str] = {}


class OtelSpan:
    """A span of OpenTelemetry. See redeemd.base.trace.Span."""

    def __init__(self, tracer: trace.Tracer, span: trace.Span) -> None:
        self._tracer = tracer
        self._span = span
        self._inside = trace.set_span_in_context(span)

    @property
    def context(self) -> TraceContext:
        """See Span."""
        context = self._span.get_span_context()
        return TraceContext(
            trace.format_trace_id(context.trace_id),
            trace.format_span_id(context.span_id),
            context.trace_flags.sampled,
            context.trace_state.to_header(),
        )

    def record(self, name: str, began: int, ended: int, attributes: Attributes = _NOTHING) -> Span:
        """See Span."""
        span = self._tracer.start_span(name, self._inside, attributes=attributes, start_time=began)
        span.end(ended)
        return OtelSpan(self._tracer, span)

    def call_out(self, name: str, attributes: Attributes) -> Span:
        """See Span."""
        span = self._tracer.start_span(name, self._inside, SpanKind.CLIENT, attributes=attributes)
        return OtelSpan(self._tracer, span)

    def end(self, attributes: Attributes = _NOTHING, *, failed: bool = False) -> None:
        """See Span."""
        self._span.set_attributes(attributes)
        if failed:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


class OtelTracer:
    """Exports spans as the variables OTEL_... say. See redeemd.base.trace.Tracer."""

    def __init__(self, *, close_seconds: float = CLOSE_SECONDS) -> None:
        """`close_seconds` limits how long `close` waits for the receiver."""
        self._close_seconds = close_seconds
        ours = {"service.name": "redeemd", "service.version": __version__}
        resource = Resource.create(ours | dict(OTELResourceDetector().detect().attributes))
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._exporter = OTLPSpanExporter()
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("redeemd", __version__)

    def begin(self, method: str, parent: TraceContext | None) -> Span | None:
        """See Tracer."""
        attributes = {"rpc.system.name": "grpc", "rpc.method": method}
        span = self._tracer.start_span(method, _remote(parent), SpanKind.SERVER, attributes=attributes)
        return OtelSpan(self._tracer, span) if span.is_recording() else None

    def close(self) -> None:
        """See Tracer."""
        # The SDK would wait for half a minute. An exporter that is shut down aborts its call and its retries.
        deadline = threading.Timer(self._close_seconds, self._exporter.shutdown)
        deadline.daemon = True
        deadline.start()
        try:
            self._provider.shutdown()
        finally:
            deadline.cancel()


def _remote(parent: TraceContext | None) -> Context:
    """Return the context of a caller's span; an empty one for a call that begins a trace."""
    if parent is None:
        return Context()
    span = SpanContext(
        int(parent.trace_id, 16),
        int(parent.parent_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(parent.sampled)),
        trace_state=TraceState.from_header([parent.state] if parent.state else []),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(span), Context())
