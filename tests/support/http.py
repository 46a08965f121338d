"""The HTTP side without a client's help: bytes as they are, and a second replica."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import grpc
from redeemd.app import ports
from redeemd.app.health import Health
from redeemd.app.server import App
from redeemd.app.wiring import assemble
from redeemd.base.telemetry import Telemetry
from redeemd.crypto import keyring

from support.patience import WAIT_SECONDS
from support.service import Service


def token_of(url: str) -> str:
    """Return the token of a signed URL."""
    return url.rpartition("/")[2]


def at(service: Service, path: str) -> str:
    """Return the URL of a path of a server's HTTP side."""
    return f"http://127.0.0.1:{service.http_port}{path}"


async def exchange(service: Service, *pieces: bytes, half_close: bool = False) -> bytes:
    """Send bytes as they are; return all that comes back until the server closes the connection, parsed by nobody."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.http_port)
    try:
        writer.writelines(pieces)
        await writer.drain()
        if half_close:
            writer.write_eof()
        async with asyncio.timeout(WAIT_SECONDS):
            return await reader.read()
    finally:
        writer.close()


async def ask(service: Service, path: str, method: str = "GET") -> tuple[int, bytes]:
    """Request a path as it is written, which clients would normalise; return status line and body."""
    request = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    head, _, body = (await exchange(service, request.encode())).partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body


@contextlib.asynccontextmanager
async def replica(first: Service) -> AsyncIterator[Service]:
    """Run a second server over the store and the keys of the first."""
    ring = keyring.parse((first.settings.data / "master.key").read_text())
    async with ports.opened(first.settings) as held:
        second = App(
            assemble(
                first.settings,
                first.store,
                ring,
                held,
                clock=first.clock,
                telemetry=Telemetry(),
                health=Health(),
            )
        )
        await second.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{held.rpc_port}") as channel:
                yield Service(second, first.store, first.settings, first.clock, channel, first.key, first.faults)
        finally:
            await second.stop()
