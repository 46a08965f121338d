"""How a server reacts to signals, from its start on. Tests use real processes."""

import asyncio
import contextlib
import signal

import pytest
from support.patience import WAIT_SECONDS
from support.process import serving, spawn

IGNORED = [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2]


@contextlib.asynccontextmanager
async def starting(folder):
    """Run a server that waits in its start: for a database that takes its connection and says nothing."""
    asked = asyncio.Event()

    async def keep_silent(reader, writer):
        asked.set()
        while await reader.read(1000):
            pass
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(keep_silent, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        url = f"postgresql://redeemd@127.0.0.1:{port}/silent"
        started = await spawn(folder, "--database", url, REDEEMD_MASTER_KEY=f"k1:{'A' * 43}=")
        try:
            await asyncio.wait_for(asked.wait(), WAIT_SECONDS)
            yield started
        finally:
            await started.end(signal.SIGKILL)


@pytest.mark.parametrize("number", IGNORED)
async def test_a_signal_that_means_nothing_leaves_a_server_serving(tmp_path, number):
    """By default it would end a process; calls go on, and SIGTERM still ends it in order."""
    async with serving(tmp_path) as (process, service):
        for _ in range(3):
            process.process.send_signal(number)
            await service.world()
        assert await process.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_start_under_way_is_ended_in_order(tmp_path, number):
    """By the signals that end a server; those that mean nothing do not."""
    async with starting(tmp_path) as process:
        for ignored in IGNORED:
            process.process.send_signal(ignored)
        assert await process.end(number) == 0
        assert not any("Traceback" in line or "serving" in line for line in process.lines)
