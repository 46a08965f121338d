"""Metrics for Prometheus, and a log with one line of JSON per call.

The log is an allow-list: time, method, status, reason, duration, request id. It contains nothing of a request, and
therefore no codes, tokens or secrets; only in namespaces with a log setting does rpc.request_log add what may be shown.
For an unexpected exception, it contains the type and the origin, but not the text, which may quote anything.
"""

import functools
import json
import threading
import time
import traceback
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import accumulate
from typing import TextIO

from google.protobuf.descriptor import MethodDescriptor
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_FLUSH_SECONDS = 0.2
_LINES_MAX = 100_000  # beyond that, the oldest are dropped: a blocked pipe must not fill the memory
_ADDITIONS_MAX = 4000  # with more queued lines, additions are omitted, for the same reason
_GRPC_TYPES = {
    (False, False): "unary",
    (True, False): "client_stream",
    (False, True): "server_stream",
    (True, True): "bidi_stream",
}
_BOUNDS = (*map(str, _BUCKETS_SECONDS), "+Inf")
_STARTED, _HANDLED, _SECONDS = "grpc_server_started_total", "grpc_server_handled_total", "grpc_server_handling_seconds"


class LineLog:
    """Writes lines to a stream a few times a second, because a write per call would cost more than the call."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: deque[str] = deque(maxlen=_LINES_MAX)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue one line."""
        self._lines.append(line)

    @property
    def waiting(self) -> int:
        """The number of queued lines."""
        return len(self._lines)

    def flush(self) -> None:
        """Write the queued lines."""
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if lines:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()

    def _run(self) -> None:
        while not self._stop.wait(_FLUSH_SECONDS):
            self.flush()

    def close(self) -> None:
        """Write the queued lines and stop."""
        self._stop.set()
        self._thread.join()
        self.flush()


class Telemetry:
    """The metrics and the log of one server."""

    def __init__(self, *, log: TextIO | None = None) -> None:
        """`log` is the stream of the log; None disables it."""
        self.registry = CollectorRegistry()
        self._log = LineLog(log) if log is not None else None
        self._methods: list[MethodTelemetry] = []
        self._batch_size = Histogram(
            "redeemd_store_batch_size", "Transactions per commit.", buckets=_BATCH_BUCKETS, registry=self.registry
        )
        self._batch_seconds = Histogram(
            "redeemd_store_batch_seconds",
            "Seconds from taking a batch to its commit.",
            buckets=_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._pending = self._by_prefix("redeemd_deliveries_pending", "Pending deliveries of all replicas.")
        self._oldest = self._by_prefix("redeemd_deliveries_oldest_seconds", "Age of the oldest pending delivery.")
        self._dead = self._by_prefix("redeemd_deliveries_dead", "Deliveries that are no longer attempted.")
        self._attempts = Counter(
            "redeemd_delivery_attempts",
            "Delivery attempts recorded by this replica.",
            ["prefix", "outcome"],
            registry=self.registry,
        )

    def _by_prefix(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, ["prefix"], registry=self.registry)

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a gauge whose value is read when metrics are scraped."""
        Gauge(name, text, registry=self.registry).set_function(read)

    def counter(self, name: str, text: str, label: str) -> Counter:
        """Add a counter with a label that has few values."""
        return Counter(name, text, [label], registry=self.registry)

    def undelivered(self, prefix: str, *, pending: int, oldest_seconds: float, dead: int) -> None:
        """Set the gauges of undelivered actions of a prefix, in the whole database."""
        self._pending.labels(prefix).set(pending)
        self._oldest.labels(prefix).set(oldest_seconds)
        self._dead.labels(prefix).set(dead)

    def attempted(self, prefix: str, outcome: str) -> None:
        """Count the outcome of a delivery attempt: delivered, failed or dead."""
        self._attempts.labels(prefix, outcome).inc()

    def observe_batch(self, size: int, seconds: float) -> None:
        """Record a batch of the store."""
        self._batch_size.observe(size)
        self._batch_seconds.observe(seconds)

    def method(self, descriptor: MethodDescriptor, *, log: bool = True) -> "MethodTelemetry":
        """Return the telemetry of one method's calls; without `log`, they are only counted."""
        method = MethodTelemetry(descriptor, self._log if log else None)
        self._methods.append(method)
        return method

    def render(self) -> bytes:
        """Return all metrics as Prometheus text, without methods that were never called.

        The methods are rendered here instead of by prometheus_client, which would block the event loop for 17 ms.
        """
        called = [method for method in self._methods if method.began]
        return generate_latest(self.registry) + "".join(_method_lines(called)).encode()

    @property
    def logs(self) -> bool:
        """Whether there is a log."""
        return self._log is not None

    def event(self, event: str, **fields: object) -> None:
        """Log an event that is not a call."""
        if self._log is not None:
            self._log.write(json.dumps({"time": _timestamp(), "event": event, **fields}))

    def defect(self, error: BaseException, request_id: str = "") -> None:
        """Log an unexpected exception and its causes: types and tracebacks, not texts."""
        chain: list[str] = []
        cause: BaseException | None = error
        while cause is not None:
            frames = reversed(traceback.extract_tb(cause.__traceback__))
            places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
            chain.append(f"{type(cause).__name__} at {places}")
            cause = cause.__cause__ or cause.__context__
        self.event("defect", request_id=request_id, errors=chain)

    def close(self) -> None:
        """Flush and close the log."""
        if self._log is not None:
            self._log.close()


class MethodTelemetry:
    """The counts of one method's calls.

    They are plain numbers, written and read only by the thread of the event loop: the locks of a metrics library would
    cost a call more than its validation does.
    """

    def __init__(self, descriptor: MethodDescriptor, log: LineLog | None) -> None:
        self.service = descriptor.containing_service.full_name
        self.name = descriptor.name
        grpc_type = _GRPC_TYPES[descriptor.client_streaming, descriptor.server_streaming]
        # Protobuf names need no escaping.
        self.labels = f'grpc_method="{self.name}",grpc_service="{self.service}",grpc_type="{grpc_type}"'
        self.began = 0
        self.ended: dict[str, int] = {}  # by status
        self.seconds = 0.0
        self.buckets = [0] * (len(_BUCKETS_SECONDS) + 1)
        self._log = log
        self._line = f'"event":"call","method":"{self.service}/{self.name}"'

    def started(self) -> float:
        """Count the start of a call; return its start time for `finished`."""
        self.began += 1
        return time.perf_counter()

    def finished(
        self, began: float, request_id: str, status: str, reason: str | None = None, addition: str = ""
    ) -> None:
        """Record the end of a call with a status of gRPC, by name.

        `addition` extends its log line: JSON members, each preceded by a comma.
        """
        seconds = time.perf_counter() - began
        self.ended[status] = self.ended.get(status, 0) + 1
        self.seconds += seconds
        self.buckets[bisect_left(_BUCKETS_SECONDS, seconds)] += 1
        if self._log is not None:
            if addition and self._log.waiting > _ADDITIONS_MAX:
                addition = ',"request":"(left out, the log is behind)"'
            # All values are generated here or validated, so the line is JSON without escaping.
            extra = f',"reason":"{reason}"' if reason else ""
            self._log.write(
                f'{{"time":"{_timestamp()}",{self._line},"code":"{status}"{extra},'
                f'"duration_ms":{seconds * 1000:.3f},"request_id":"{request_id}"{addition}}}'
            )


def _method_lines(methods: list[MethodTelemetry]) -> Iterator[str]:
    """Render the counts of methods with the metric names that dashboards for gRPC expect."""
    yield _family(_STARTED, "counter", "Calls started.")
    for method in methods:
        yield f"{_STARTED}{{{method.labels}}} {method.began}\n"
    yield _family(_HANDLED, "counter", "Calls completed.")
    for method in methods:
        for status, count in method.ended.items():
            yield f'{_HANDLED}{{{method.labels},grpc_code="{status}"}} {count}\n'
    yield _family(_SECONDS, "histogram", "Duration of calls in seconds.")
    for method in methods:
        counts = list(accumulate(method.buckets))
        for bound, count in zip(_BOUNDS, counts, strict=True):
            yield f'{_SECONDS}_bucket{{{method.labels},le="{bound}"}} {count}\n'
        yield f"{_SECONDS}_count{{{method.labels}}} {counts[-1]}\n"
        yield f"{_SECONDS}_sum{{{method.labels}}} {method.seconds}\n"


def _family(name: str, kind: str, text: str) -> str:
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"


def _timestamp() -> str:
    milliseconds = time.time_ns() // 1_000_000
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03}Z"


@functools.lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    """Render a second; cached, because the same second is rendered thousands of times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
