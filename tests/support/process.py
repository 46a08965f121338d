"""Real server processes."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc

from support import forked
from support.patience import WAIT_SECONDS
from support.service import Service
from support.startup import message

FREE = "127.0.0.1:0"


class Process:
    """A redeemd process; what it said so far is in `lines`."""

    def __init__(self, process: Any) -> None:
        self.process = process
        self.lines: list[str] = []
        self.raw: list[str] = []  # the lines as they were written
        self.address = ""

    async def wait_until_serving(self) -> None:
        """Read what it says until both of its ports are open."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not any("serving HTTP on" in line for line in self.lines):
                line = (await self.process.stderr.readline()).decode()
                assert line, f"it did not start: {self.lines}"
                self.raw.append(line)
                self.lines.append(message(line))
        (serving,) = [line for line in self.lines if "serving gRPC on " in line]
        self.address = serving.split()[3]

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(WAIT_SECONDS):
            rest = await self.process.stderr.read()
            self.lines += map(message, rest.decode().splitlines())
            return await self.process.wait()


async def spawn(folder: Path, *flags: str, umask: int = -1, **environment: Any) -> Process:
    """Start `redeemd serve`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REDEEMD_")}
    arguments = ["serve", "--data", str(folder), *flags]
    for flag in ("--listen", "--http-listen"):
        if flag not in flags and flag.upper()[2:].replace("-", "_") not in "".join(environment):
            arguments += [flag, FREE]
    if all(name.startswith("REDEEMD_") for name in environment):
        return Process(await forked.start(*arguments, environment=clean | environment, umask=umask))
    # The interpreter and its libraries may read the others when they start.
    return Process(
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "redeemd", *arguments,
            env=clean | environment, umask=umask,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )
    )  # fmt: skip


async def refusal_to_start(folder: Path, *flags: str, **environment: Any) -> str:
    """Start, expect it to end by itself with exit code 1; return what it said."""
    started = await spawn(folder, *flags, **environment)
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            said = "\n".join(map(message, (await started.process.stderr.read()).decode().splitlines()))
            assert await started.process.wait() == 1, said
        return said
    finally:
        if started.process.returncode is None:
            started.process.kill()
            await started.process.wait()


@contextlib.asynccontextmanager
async def serving(
    folder: Path, *flags: str, key_file: str = "admin.key", **environment: Any
) -> AsyncIterator[tuple[Process, Service]]:
    """Run a process and a client of it with the key of a file; killed at the end if it still runs."""
    started = await spawn(folder, "--drain-seconds", "0", *flags, **environment)
    try:
        await started.wait_until_serving()
        there: Any = None  # what only a server in this process has
        async with grpc.aio.insecure_channel(started.address) as channel:
            key = (folder / key_file).read_text().strip()
            yield started, Service(there, there, there, there, channel, key, there)
    except BaseException as failure:
        status = await started.end(signal.SIGKILL)
        failure.add_note(f"exit status {status} (-9: it was running); the server wrote {started.lines}")
        raise
    finally:
        await started.end(signal.SIGKILL)
