"""Traces whose receiver is down: what the server does at its end."""

import asyncio

from redeemd.app.otel_spans import OtelTracer
from support.otlp import receiving
from support.process import serving

SDK_GIVES_UP_SECONDS = 30


async def test_a_receiver_that_does_not_respond_does_not_keep_a_server_from_ending(monkeypatch):
    """The last spans are given up long before the SDK would."""
    async with receiving() as receiver:
        receiver.silent = True
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{receiver.address}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3600")
        tracer = OtelTracer(close_seconds=0.1)
        for _ in range(1000):  # more than one batch
            tracer.begin("a.B/C", None).end()
        await receiver.named("a.B/C")  # of the first batch, to which it does not respond
        async with asyncio.timeout(SDK_GIVES_UP_SECONDS):
            await asyncio.to_thread(tracer.close)


async def test_traces_without_a_receiver_write_no_text_to_standard_error(tmp_path):
    """Also at the end, when the last spans are given up: collectors read lines of JSON."""
    async with serving(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1") as (process, service):
        await service.world()
        assert await process.end() == 0
    assert not [line for line in process.lines if "StatusCode" in line]
