"""Connections to the HTTP side that a test holds open, and a server with little patience."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from redeemd.http.limits import HttpLimits

from support.patience import WAIT_SECONDS
from support.service import Service, running
from support.store_faults import until
from support.world import World

SOON = 0.2
NEVER = 10_000.0
PATIENT = {"head_seconds": NEVER, "idle_seconds": NEVER, "stalled_seconds": NEVER, "upload_patience_seconds": NEVER}
HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def serving(folder: Path, **limits: Any) -> contextlib.AbstractAsyncContextManager[Service]:
    """Run a server that waits forever for everything but what a test says."""
    return running(folder, http_limits=HttpLimits(**PATIENT | limits))


def gauge(service: Service, name: str) -> Any:
    """Return a number of /metrics, without a connection of our own."""
    return service.telemetry.registry.get_sample_value(f"redeemd_{name}")


async def become(service: Service, name: str, wanted: float) -> None:
    """Wait until a number of /metrics is as wanted."""
    await until(lambda: gauge(service, name) == wanted)


@contextlib.asynccontextmanager
async def connection(
    service: Service, *sent: bytes
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection and send some bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.http_port)
    try:
        writer.writelines(sent)
        yield reader, writer
    finally:
        writer.close()


async def response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the status and the head of the next response; its body is not read."""
    async with asyncio.timeout(WAIT_SECONDS):
        head = await reader.readuntil(b"\r\n\r\n")
    return int(head.split(b" ")[1]), head


async def healthy(reader: asyncio.StreamReader) -> None:
    """Assert that the next response is that of /healthz."""
    assert (await response(reader))[0] == 200
    assert await reader.readexactly(3) == b"ok\n"


async def closed(reader: asyncio.StreamReader) -> None:
    """Assert that the server closes a connection without another byte."""
    async with asyncio.timeout(WAIT_SECONDS):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""


def put_head(url: str, length: int = 100_000) -> bytes:
    """Render the head of a PUT."""
    return f"PUT /{url.split('/', 3)[3]} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()


async def download(world: World, count: int = 100_000) -> bytes:
    """Return the head of a GET of some codes."""
    job = (await world.call("IssueBatch", campaign_model_name="spring", count=count)).item
    url = (await world.call("DownloadSerialCodes", campaign_model_name="spring", issue_job_name=job.name)).url
    return f"GET /{url.split('/', 3)[3]} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


async def drip(writer: asyncio.StreamWriter, data: bytes, *, every: float = 0.01) -> None:
    """Send byte by byte until the connection ends."""
    for number in range(len(data)):
        writer.write(data[number : number + 1])
        await asyncio.sleep(every)
