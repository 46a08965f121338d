"""What is told about calls: metrics for Prometheus and one line of JSON per call.

The log is an allow-list: time, method, status, reason, duration, request id. Nothing of a request gets in, so no code,
token or secret can; of an unexpected exception its type and where it came from, but not its text, which may quote
anything.
"""

import json
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

from google.protobuf.descriptor import MethodDescriptor
from grpc import StatusCode
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_FLUSH_SECONDS = 0.2
_LINES_MAX = 100_000  # beyond that, the oldest are lost: a blocked pipe must not fill the memory
_LABELS = ("grpc_type", "grpc_service", "grpc_method")


class LineLog:
    """Writes lines to a stream, a few times a second: a write per call would cost more than the call."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: deque[str] = deque(maxlen=_LINES_MAX)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue one line."""
        self._lines.append(line)

    def flush(self) -> None:
        """Write what is queued."""
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if lines:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()

    def _run(self) -> None:
        while not self._stop.wait(_FLUSH_SECONDS):
            self.flush()

    def close(self) -> None:
        """Write what is queued and stop."""
        self._stop.set()
        self._thread.join()
        self.flush()


class Telemetry:
    """The metrics and the log of one server."""

    def __init__(self, *, log: TextIO | None = None) -> None:
        """`log` None keeps quiet."""
        self.registry = CollectorRegistry()
        self._log = LineLog(log) if log is not None else None
        self.handled = Counter(
            "grpc_server_handled", "Calls answered.", (*_LABELS, "grpc_code"), registry=self.registry
        )
        self.started = Counter("grpc_server_started", "Calls begun.", _LABELS, registry=self.registry)
        self.seconds = Histogram(
            "grpc_server_handling_seconds", "Seconds a call took.", _LABELS, buckets=_BUCKETS_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self._batch_size = Histogram(
            "redeemd_store_batch_size", "Transactions per commit.", buckets=_BATCH_BUCKETS, registry=self.registry
        )
        self._batch_seconds = Histogram(
            "redeemd_store_batch_seconds", "Seconds from taking a batch to its commit.", buckets=_BUCKETS_SECONDS,
            registry=self.registry,
        )  # fmt: skip

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Offer a number that is read when metrics are scraped."""
        Gauge(name, text, registry=self.registry).set_function(read)

    def observe_batch(self, size: int, seconds: float) -> None:
        """Hear of a batch of the store."""
        self._batch_size.observe(size)
        self._batch_seconds.observe(seconds)

    def method(self, descriptor: MethodDescriptor) -> "MethodTelemetry":
        """Answer what tells of one method's calls."""
        return MethodTelemetry(self, descriptor)

    def call_line(self, method: str, request_id: str, status: StatusCode, reason: str | None, seconds: float) -> None:
        """Log one call. All values are ours or checked, so the line is JSON without escaping."""
        if self._log is None:
            return
        extra = f',"reason":"{reason}"' if reason else ""
        self._log.write(
            f'{{"time":"{_timestamp()}","event":"call","method":"{method}","code":"{status.name}"{extra},'
            f'"duration_ms":{seconds * 1000:.3f},"request_id":"{request_id}"}}'
        )

    def event(self, event: str, **fields: Any) -> None:
        """Log something that is not a call."""
        if self._log is not None:
            self._log.write(json.dumps({"time": _timestamp(), "event": event, **fields}))

    def defect(self, error: BaseException, request_id: str = "") -> None:
        """Log an unexpected exception: its types and places, not its texts."""
        chain: list[str] = []
        cause: BaseException | None = error
        while cause is not None:
            frames = reversed(traceback.extract_tb(cause.__traceback__))
            places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
            chain.append(f"{type(cause).__name__} at {places}")
            cause = cause.__cause__ or cause.__context__
        self.event("defect", request_id=request_id, errors=chain)

    def close(self) -> None:
        """Write what is still to be written."""
        if self._log is not None:
            self._log.close()


class MethodTelemetry:
    """One method's metrics; the labelled children are looked up once."""

    def __init__(self, telemetry: Telemetry, descriptor: MethodDescriptor) -> None:
        service = descriptor.containing_service.full_name
        self._labels = ("unary", service, descriptor.name)
        self._telemetry = telemetry
        self.full_name = f"{service}/{descriptor.name}"
        self._started = telemetry.started.labels(*self._labels)
        self._seconds = telemetry.seconds.labels(*self._labels)
        self._handled: dict[StatusCode, Counter] = {}

    def started(self, request_id: str) -> "CallRecord":
        """Hear that a call began."""
        self._started.inc()
        return CallRecord(self, request_id)

    def finished(self, record: "CallRecord", status: StatusCode, reason: str | None) -> None:
        """Hear that a call ended."""
        seconds = time.perf_counter() - record.began
        handled = self._handled.get(status)
        if handled is None:
            handled = self._handled[status] = self._telemetry.handled.labels(*self._labels, status.name)
        handled.inc()
        self._seconds.observe(seconds)
        self._telemetry.call_line(self.full_name, record.request_id, status, reason, seconds)


class CallRecord:
    """One call under way."""

    __slots__ = ("_method", "began", "request_id")

    def __init__(self, method: MethodTelemetry, request_id: str) -> None:
        self._method = method
        self.request_id = request_id
        self.began = time.perf_counter()

    def finished(self, status: StatusCode, reason: str | None = None) -> None:
        """Tell how it ended."""
        self._method.finished(self, status, reason)


def _timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def standard_output() -> TextIO:
    """Answer where a server logs by default."""
    return sys.stdout
