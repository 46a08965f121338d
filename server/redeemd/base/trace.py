"""Trace contexts of the W3C (https://www.w3.org/TR/trace-context/), and the interface of whatever records spans."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, Protocol

TRACEPARENT, TRACESTATE = "traceparent", "tracestate"
STATE_CHARACTERS_MAX = 512
STATE_MEMBERS_MAX = 32

Headers = tuple[tuple[str, str], ...]
Attributes = Mapping[str, str | int | bool]

# Version ff is invalid; versions after 00 may have more fields.
_PARENT = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?P<trace>(?!0{32})[0-9a-f]{32})-(?P<parent>(?!0{16})[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<rest>-[ -~]*)?"
)
_MEMBER = re.compile(
    r"(?P<key>[a-z0-9][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
    r"=[ !-+\--<>-~]{0,255}[!-+\--<>-~]"
)
_SAMPLED = 1


class TraceContext(NamedTuple):
    """The position of a call in a trace. `state` is the text of tracestate, not checked."""

    trace_id: str
    parent_id: str
    sampled: bool
    state: str = ""

    @property
    def parent(self) -> str:
        """The context as a traceparent."""
        return f"00-{self.trace_id}-{self.parent_id}-{int(self.sampled):02x}"

    @property
    def headers(self) -> Headers:
        """The context as metadata or headers, for whoever is called next. A tracestate that is invalid is left out."""
        parent = (TRACEPARENT, self.parent)
        return (parent, (TRACESTATE, self.state)) if is_state(self.state) else (parent,)


def read(metadata: Mapping[str, str]) -> TraceContext | None:
    """Return the trace context in metadata, or None if there is no valid one."""
    given = metadata.get(TRACEPARENT)
    match = _PARENT.fullmatch(given) if given is not None else None
    if match is None or (match["version"] == "00" and match["rest"]):
        return None
    sampled = bool(int(match["flags"], 16) & _SAMPLED)
    return TraceContext(match["trace"], match["parent"], sampled, metadata.get(TRACESTATE, ""))


def is_state(text: str) -> bool:
    """Return whether a text is a valid tracestate with at least one member."""
    if len(text) > STATE_CHARACTERS_MAX:
        return False
    members = [member.strip(" \t") for member in text.split(",")]
    found = [_MEMBER.fullmatch(member) for member in members if member]
    keys = [match["key"] for match in found if match is not None]
    return 0 < len(keys) == len(found) == len(set(keys)) <= STATE_MEMBERS_MAX


class Span(Protocol):
    """A span that is being recorded. Times are Unix nanoseconds."""

    @property
    def context(self) -> TraceContext:
        """The context for whoever is called inside the span."""

    def record(self, name: str, began: int, ended: int, attributes: Attributes = ..., /) -> "Span":
        """Add a span inside this one that has ended; return it, so that spans inside it can be added."""

    def call_out(self, name: str, attributes: Attributes) -> "Span":
        """Begin the span of a call to another service, inside this one."""

    def end(self, attributes: Attributes = ..., *, failed: bool = False) -> None:
        """End the span. `failed` marks it as failed."""


class Tracer(Protocol):
    """Records the spans of calls, as far as they are sampled."""

    def begin(self, method: str, parent: TraceContext | None) -> Span | None:
        """Begin the span of a call of package.Service/Method; return None if the call is not sampled."""

    def close(self) -> None:
        """Export what was recorded. Blocks for a limited time."""


class Trace:
    """The trace of one call: its context, and its span if it is sampled and this server records spans.

    `actions` are those of the transaction that runs, or has run last: the name of each, its beginning and its end.
    """

    __slots__ = ("actions", "context", "span")

    def __init__(self, context: TraceContext, span: Span | None = None) -> None:
        self.context = context
        self.span = span
        self.actions: list[tuple[str, int, int]] = []


class Tracing:
    """Finds the traces of calls."""

    def __init__(self, tracer: Tracer | None) -> None:
        """Without a `tracer`, contexts are passed on and no spans are recorded."""
        self._tracer = tracer

    def of(self, metadata: Mapping[str, str], method: str) -> Trace | None:
        """Return the trace of a call of package.Service/Method; None if it belongs to none.

        The caller's decision not to sample is respected, and costs no span.
        """
        context = read(metadata) if TRACEPARENT in metadata else None
        if self._tracer is None or (context is not None and not context.sampled):
            return None if context is None else Trace(context)
        span = self._tracer.begin(method, context)
        if span is not None:
            return Trace(span.context, span)
        return None if context is None else Trace(context)


class Outgoing:
    """A call to another service: the headers that carry the trace to it, and whether it failed."""

    __slots__ = ("failed", "headers")

    def __init__(self, headers: Headers) -> None:
        self.headers = headers
        self.failed = False


@contextmanager
def calling(trace: Trace | None, name: str, attributes: Attributes) -> Iterator[Outgoing]:
    """Record the call to another service in the block, if the trace is sampled. An exception marks it as failed."""
    if trace is None or trace.span is None:
        yield Outgoing(() if trace is None else trace.context.headers)
        return
    span = trace.span.call_out(name, attributes)
    out = Outgoing(span.context.headers)
    try:
        yield out
    except BaseException:
        out.failed = True
        raise
    finally:
        span.end(failed=out.failed)
