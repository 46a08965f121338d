"""Decides, by the standard variables OTEL_... of OpenTelemetry, whether this server exports spans."""

import importlib.util
from collections.abc import Callable, Mapping

from redeemd.base.trace import Tracer

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def tracer(environment: Mapping[str, str], report: Callable[[str], None]) -> Tracer | None:
    """Return what exports spans; None if no OTLP endpoint is named, or spans are switched off.

    `report` is called with what keeps the server from exporting although an endpoint is named.
    """
    endpoint = _first(environment, _ENDPOINTS)
    off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if not endpoint or off or environment.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return None
    protocol = _first(environment, _PROTOCOLS) or "grpc"
    if protocol != "grpc":
        report(f"traces are not exported: the OTLP protocol {protocol} is not supported, grpc is")
        return None
    if importlib.util.find_spec("opentelemetry") is None:
        report("traces are not exported: install redeemd[otel]")
        return None
    from redeemd.app.otel_spans import OtelTracer  # noqa: PLC0415 -- an extra, which takes time to import

    return OtelTracer()


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")
