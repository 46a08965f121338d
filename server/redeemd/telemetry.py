"""What is told about calls: metrics for Prometheus and one line of JSON per call.

The log is an allow-list: time, method, status, reason, duration, request id. Nothing of a request gets in, so no code,
token or secret can; only in a namespace with a log setting rpc.request_log adds what may be seen. Of an unexpected
exception there is its type and where it came from, but not its text, which may quote anything.
"""

import functools
import json
import threading
import time
import traceback
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, TextIO

from google.protobuf.descriptor import MethodDescriptor
from grpc import StatusCode
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_FLUSH_SECONDS = 0.2
_LINES_MAX = 100_000  # beyond that, the oldest are lost: a blocked pipe must not fill the memory
_ADDITIONS_MAX = 4000  # beyond so many waiting lines they stay short, for the same reason
_GRPC_TYPES = {
    (False, False): "unary",
    (True, False): "client_stream",
    (False, True): "server_stream",
    (True, True): "bidi_stream",
}
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

    @property
    def waiting(self) -> int:
        """How many lines are queued."""
        return len(self._lines)

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
        self._methods = _Methods()
        self.registry.register(self._methods)
        self._batch_size = Histogram(
            "redeemd_store_batch_size", "Transactions per commit.", buckets=_BATCH_BUCKETS, registry=self.registry
        )
        self._batch_seconds = Histogram(
            "redeemd_store_batch_seconds",
            "Seconds from taking a batch to its commit.",
            buckets=_BUCKETS_SECONDS,
            registry=self.registry,
        )

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Offer a number that is read when metrics are scraped."""
        Gauge(name, text, registry=self.registry).set_function(read)

    def counter(self, name: str, text: str, label: str) -> Counter:
        """Offer a number that only rises, for each value of a label, of which there are few."""
        return Counter(name, text, [label], registry=self.registry)

    def observe_batch(self, size: int, seconds: float) -> None:
        """Hear of a batch of the store."""
        self._batch_size.observe(size)
        self._batch_seconds.observe(seconds)

    def method(self, descriptor: MethodDescriptor) -> "MethodTelemetry":
        """Answer what tells of one method's calls."""
        method = MethodTelemetry(descriptor, self._log)
        self._methods.methods.append(method)
        return method

    @property
    def logs(self) -> bool:
        """Whether there is a log."""
        return self._log is not None

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
    """What is counted of one method's calls.

    Plain numbers, written and read by the event loop's thread alone: the locks of a metrics library would cost a
    call more than its validation does.
    """

    def __init__(self, descriptor: MethodDescriptor, log: LineLog | None) -> None:
        self.service = descriptor.containing_service.full_name
        self.name = descriptor.name
        self.grpc_type = _GRPC_TYPES[descriptor.client_streaming, descriptor.server_streaming]
        self.began = 0
        self.ended: dict[StatusCode, int] = {}
        self.seconds = 0.0
        self.buckets = [0] * (len(_BUCKETS_SECONDS) + 1)
        self._log = log
        self._line = f'"event":"call","method":"{self.service}/{self.name}"'

    def started(self) -> float:
        """Hear that a call began; answer what `finished` wants to know of it."""
        self.began += 1
        return time.perf_counter()

    def finished(
        self, began: float, request_id: str, status: StatusCode, reason: str | None = None, addition: str = ""
    ) -> None:
        """Hear that a call ended. `addition` is more of the log's line: members of JSON, a comma before each."""
        seconds = time.perf_counter() - began
        self.ended[status] = self.ended.get(status, 0) + 1
        self.seconds += seconds
        self.buckets[bisect_left(_BUCKETS_SECONDS, seconds)] += 1
        if self._log is not None:
            if addition and self._log.waiting > _ADDITIONS_MAX:
                addition = ',"request":"(left out, the log is behind)"'
            # All values are ours or checked, so the line is JSON without escaping.
            extra = f',"reason":"{reason}"' if reason else ""
            self._log.write(
                f'{{"time":"{_timestamp()}",{self._line},"code":"{status.name}"{extra},'
                f'"duration_ms":{seconds * 1000:.3f},"request_id":"{request_id}"{addition}}}'
            )


class _Methods(Collector):
    """Renders what was counted of all methods, under the names that dashboards for gRPC expect."""

    def __init__(self) -> None:
        self.methods: list[MethodTelemetry] = []

    def collect(self) -> Iterable[Metric]:
        """See prometheus_client.registry.Collector."""
        started = CounterMetricFamily("grpc_server_started", "Calls begun.", labels=_LABELS)
        handled = CounterMetricFamily("grpc_server_handled", "Calls answered.", labels=(*_LABELS, "grpc_code"))
        seconds = HistogramMetricFamily("grpc_server_handling_seconds", "Seconds a call took.", labels=_LABELS)
        for method in self.methods:
            labels = [method.grpc_type, method.service, method.name]
            started.add_metric(labels, method.began)
            for status, count in method.ended.items():
                handled.add_metric([*labels, status.name], count)
            bounds = [*map(str, _BUCKETS_SECONDS), "+Inf"]
            cumulated = list(zip(bounds, accumulate(method.buckets), strict=True))
            seconds.add_metric(labels, cumulated, method.seconds)
        return started, handled, seconds


def _timestamp() -> str:
    milliseconds = time.time_ns() // 1_000_000
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03}Z"


@functools.lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    """Render a second; the same one is asked for thousands of times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
