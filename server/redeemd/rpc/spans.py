"""The spans of a call's transaction: the wait for the store, the transaction with its actions, and its commit."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

from redeemd.base.trace import Span, Trace
from redeemd.store.base import Body, Tx

T = TypeVar("T")

# Statuses that are the server's failure, by the semantic conventions of OpenTelemetry for gRPC servers.
_FAILURES = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})


def end(span: Span, status: str, known: Mapping[str, str | None]) -> None:
    """End the span of a call with a status of gRPC, by name; `known` are facts about the call."""
    facts = {f"redeemd.{name}": value for name, value in known.items() if value}
    failed = status in _FAILURES
    error = {"error.type": status} if failed else {}
    span.end({"rpc.response.status_code": status, **error, **facts}, failed=failed)


async def recorded(trace: Trace, body: Body[T], run: Callable[[Body[T]], Awaitable[T]]) -> T:
    """Return `run(body)`, and record its spans if the call is sampled.

    The body may run more than once; the spans are those of its last run.
    """
    span = trace.span
    if span is None:
        return await run(body)
    stopwatch = _Stopwatch(trace, body)
    try:
        return await run(stopwatch.body)
    finally:
        stopwatch.record(span)


class _Stopwatch(Generic[T]):
    """Takes the times of a body. It awaits nothing else, so the body runs wherever the store lets it."""

    def __init__(self, trace: Trace, body: Body[T]) -> None:
        self._trace = trace
        self._inner = body
        self._queued = time.time_ns()
        self._began = self._worked = self._runs = 0

    async def body(self, tx: Tx) -> T:
        """Run the body."""
        self._trace.actions.clear()
        self._runs += 1
        self._began = time.time_ns()
        try:
            return await self._inner(tx)
        finally:
            self._worked = time.time_ns()

    def record(self, span: Span) -> None:
        """Record the spans up to now."""
        ended = time.time_ns()
        span.record("store.wait", self._queued, self._began or ended)
        if self._runs:
            transaction = span.record("store.transaction", self._began, ended, {"redeemd.runs": self._runs})
            for name, began, done in self._trace.actions:
                transaction.record(name, began, done)
            transaction.record("store.commit", self._worked or ended, ended)
