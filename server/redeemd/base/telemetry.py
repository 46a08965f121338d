"""The telemetry of one server: metrics for Prometheus, and the log."""

from collections.abc import Callable
from typing import TextIO

from google.protobuf.descriptor import MethodDescriptor
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

from redeemd.base.call_log import CallLog
from redeemd.base.log import LineLog, LogPolicy, Severity, event_line, origins
from redeemd.base.methods import BUCKETS_SECONDS, MethodTelemetry, render
from redeemd.base.trace import Tracer, Tracing

_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Telemetry:
    """The metrics and the log of one server."""

    def __init__(
        self,
        *,
        log: TextIO | None = None,
        policy: LogPolicy = LogPolicy(),  # noqa: B008 -- it is frozen
        tracer: Tracer | None = None,
    ) -> None:
        """`log` is the stream of the log; None disables it. `tracer` records spans, if there is one."""
        self._tracer = tracer
        self.registry = CollectorRegistry()
        self._policy = policy
        self._log = LineLog(log) if log is not None else None
        self._methods: list[MethodTelemetry] = []
        self._batch_size = Histogram(
            "redeemd_store_batch_size", "Transactions per commit.", buckets=_BATCH_BUCKETS, registry=self.registry
        )
        self._batch_seconds = Histogram(
            "redeemd_store_batch_seconds",
            "Seconds from taking a batch to its commit.",
            buckets=BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._wait_seconds = Histogram(
            "redeemd_store_wait_seconds",
            "Seconds that a transaction, on SQLite the first of a batch, waited for the store.",
            buckets=BUCKETS_SECONDS,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        gauges = self.labelled_gauge
        self._pending = gauges("redeemd_deliveries_pending", "Pending deliveries of all replicas.", "prefix")
        self._oldest = gauges("redeemd_deliveries_oldest_seconds", "Age of the oldest pending delivery.", "prefix")
        self._dead = gauges("redeemd_deliveries_dead", "Deliveries that are no longer attempted.", "prefix")
        self._repeated = Counter(
            "redeemd_idempotency_hits",
            "Calls that got the stored reply of an earlier call with the same idempotency key.",
            registry=self.registry,
        )
        self._store_faults = self.counter("redeemd_store_faults", "Faults of the store.", "error")
        self._attempts = self.counter(
            "redeemd_delivery_attempts", "Delivery attempts recorded by this replica.", "prefix", "outcome"
        )

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a gauge whose value is read when metrics are scraped."""
        Gauge(name, text, registry=self.registry).set_function(read)

    def labelled_gauge(self, name: str, text: str, label: str) -> Gauge:
        """Add a gauge with a label that has few values."""
        return Gauge(name, text, [label], registry=self.registry)

    def counter(self, name: str, text: str, *labels: str) -> Counter:
        """Add a counter with labels that have few values."""
        return Counter(name, text, labels, registry=self.registry)

    def info(self, name: str, text: str, **labels: str) -> None:
        """Add a gauge whose labels are facts and whose value is 1."""
        Gauge(name, text, list(labels), registry=self.registry).labels(**labels).set(1)

    def undelivered(self, prefix: str, *, pending: int, oldest_seconds: float, dead: int) -> None:
        """Set the gauges of undelivered actions of a prefix, in the whole database."""
        self._pending.labels(prefix).set(pending)
        self._oldest.labels(prefix).set(oldest_seconds)
        self._dead.labels(prefix).set(dead)

    def attempted(self, prefix: str, outcome: str) -> None:
        """Count the outcome of a delivery attempt: delivered, failed or dead."""
        self._attempts.labels(prefix, outcome).inc()

    def repeated(self) -> None:
        """Count a call that got the stored reply of an earlier one."""
        self._repeated.inc()

    def store_fault(self, error: str) -> None:
        """Count a fault of the store, by the class of the error."""
        self._store_faults.labels(error).inc()

    def observe_batch(self, size: int, seconds: float) -> None:
        """Record a batch of the store."""
        self._batch_size.observe(size)
        self._batch_seconds.observe(seconds)

    def observe_wait(self, seconds: float) -> None:
        """Record the wait of a transaction for the store."""
        self._wait_seconds.observe(seconds)

    def method(self, descriptor: MethodDescriptor, *, writes: bool = False, log: bool = True) -> MethodTelemetry:
        """Return the telemetry of one method's calls. Without `log`, they are only counted."""
        method = MethodTelemetry(descriptor, Tracing(self._tracer if log else None))
        if log and self._log is not None:
            streams = descriptor.client_streaming or descriptor.server_streaming
            method.log = CallLog(self._log, self._policy, method.full_name, writes=writes, streams=streams)
        self._methods.append(method)
        return method

    def render(self) -> bytes:
        """Return all metrics as Prometheus text, without methods that were never called.

        The methods are rendered here instead of by prometheus_client, which would block the event loop for 17 ms.
        """
        called = [method for method in self._methods if method.began]
        return generate_latest(self.registry) + "".join(render(called)).encode()

    @property
    def logs_calls(self) -> bool:
        """Whether all calls are logged."""
        return self._log is not None and self._policy.level == "calls"

    def event(self, event: str, severity: Severity = Severity.INFO, **fields: object) -> None:
        """Log an event that is not a call."""
        if self._log is not None and severity >= self._policy.least_event:
            self._log.write(event_line(event, severity, **fields))

    def defect(self, error: BaseException, request_id: str = "") -> None:
        """Log an unexpected exception and its causes: types and tracebacks, not texts."""
        self.event("defect", Severity.ERROR, request_id=request_id, errors=origins(error))

    def close(self) -> None:
        """Export the spans, flush the log and close both."""
        if self._tracer is not None:
            self._tracer.close()
        if self._log is not None:
            self._log.close()
