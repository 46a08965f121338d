"""The counts of calls by method, as dashboards for gRPC expect them."""

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from google.protobuf.descriptor import MethodDescriptor

from redeemd.base.call_log import CallLog
from redeemd.base.trace import Tracing

BUCKETS_SECONDS = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
_GRPC_TYPES = {
    (False, False): "unary",
    (True, False): "client_stream",
    (False, True): "server_stream",
    (True, True): "bidi_stream",
}
_BOUNDS = (*map(str, BUCKETS_SECONDS), "+Inf")
_STARTED, _HANDLED, _SECONDS = "grpc_server_started_total", "grpc_server_handled_total", "grpc_server_handling_seconds"
_ITEMS = "redeemd_batch_items_total"
_RECEIVED, _SENT = "grpc_server_msg_received_total", "grpc_server_msg_sent_total"


class MethodTelemetry:
    """The counts of one method's calls, and what else is observed of them.

    They are plain numbers, written and read only by the thread of the event loop: the locks of a metrics library would
    cost a call more than its validation does.
    """

    def __init__(self, descriptor: MethodDescriptor, tracing: Tracing) -> None:
        service, name = descriptor.containing_service.full_name, descriptor.name
        grpc_type = _GRPC_TYPES[descriptor.client_streaming, descriptor.server_streaming]
        self.full_name = f"{service}/{name}"
        # Protobuf names need no escaping.
        self.labels = f'grpc_method="{name}",grpc_service="{service}",grpc_type="{grpc_type}"'
        self.tracing = tracing
        self.log: CallLog | None = None
        self.began = 0
        self.received = 0  # messages
        self.sent = 0
        self.ended: dict[str, int] = {}  # by status
        self.items: dict[str, int] = {}  # of batches, by status
        self.seconds = 0.0
        self.buckets = [0] * (len(BUCKETS_SECONDS) + 1)

    def started(self) -> float:
        """Count the start of a call; return its start time for `finished`."""
        self.began += 1
        return time.perf_counter()

    def finished(self, began: float, status: str) -> float:
        """Count the end of a call with a status of gRPC, by name; return its seconds."""
        seconds = time.perf_counter() - began
        self.ended[status] = self.ended.get(status, 0) + 1
        self.seconds += seconds
        self.buckets[bisect_left(BUCKETS_SECONDS, seconds)] += 1
        return seconds


def render(methods: Sequence[MethodTelemetry]) -> Iterator[str]:
    """Render the counts of methods with the metric names that dashboards for gRPC expect."""
    yield _family(_STARTED, "counter", "Calls started.")
    for method in methods:
        yield f"{_STARTED}{{{method.labels}}} {method.began}\n"
    yield _family(_HANDLED, "counter", "Calls completed.")
    for method in methods:
        for status, count in method.ended.items():
            yield f'{_HANDLED}{{{method.labels},grpc_code="{code_label(status)}"}} {count}\n'
    yield _family(_RECEIVED, "counter", "Messages received.")
    for method in methods:
        yield f"{_RECEIVED}{{{method.labels}}} {method.received}\n"
    yield _family(_SENT, "counter", "Messages sent.")
    for method in methods:
        yield f"{_SENT}{{{method.labels}}} {method.sent}\n"
    yield _family(_ITEMS, "counter", "Items of batches completed.")
    for method in methods:
        for status, count in method.items.items():
            yield f'{_ITEMS}{{{method.labels},grpc_code="{code_label(status)}"}} {count}\n'
    yield _family(_SECONDS, "histogram", "Duration of calls in seconds.")
    for method in methods:
        counts = list(accumulate(method.buckets))
        for bound, count in zip(_BOUNDS, counts, strict=True):
            yield f'{_SECONDS}_bucket{{{method.labels},le="{bound}"}} {count}\n'
        yield f"{_SECONDS}_count{{{method.labels}}} {counts[-1]}\n"
        yield f"{_SECONDS}_sum{{{method.labels}}} {method.seconds}\n"


def code_label(status: str) -> str:
    """Return the name of a status as Go spells it, and therefore exporters and alerts for gRPC: NotFound, Canceled."""
    return {"OK": "OK", "CANCELLED": "Canceled"}.get(status) or status.title().replace("_", "")


def _family(name: str, kind: str, text: str) -> str:
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"
