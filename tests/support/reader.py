"""Doing what a page under docs/ says, as its reader would."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from support import tools
from support.startup import message

WAIT_SECONDS = 200  # a page may have ten commands, each a process that imports everything
ADDRESS = "127.0.0.1:50051"  # in the pages
FREE = "127.0.0.1:0"


def environment() -> dict[str, str]:
    """Return that of a reader: without what the developer, or the make that runs the tests, has set.

    With `redeemd` and the tools that the tests have on the path.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REDEEMD_", "MAKE", "MFLAGS"))}
    path = os.pathsep.join(map(str, (Path(sys.prefix) / "bin", tools.FOLDER, kept.get("PATH", ""))))
    return kept | {"REDEEMD_LISTEN": FREE, "REDEEMD_HTTP_LISTEN": FREE, "PATH": path}


@contextlib.asynccontextmanager
async def served_by(command: str, folder: Path) -> AsyncIterator[str]:
    """Start the server with the page's command, on free ports; return the address. Killed at the end."""
    if command.startswith("make "):
        command = f"{command.strip()} -o .venv/run.stamp"  # make is not to install anything
    process: Any = await asyncio.create_subprocess_exec(
        "/bin/sh", "-ec", command, cwd=folder, env=environment(), start_new_session=True,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said = ""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while "serving HTTP on" not in said:
                line = (await process.stderr.readline()).decode()
                assert line, f"it did not start: {said}"
                said += message(line) + "\n"
        yield said.partition("serving gRPC on ")[2].split()[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.stderr.read()
        await process.wait()


@contextlib.asynccontextmanager
async def printed_by(command: str, folder: Path) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """Start a command that does not end; yield what returns its next line. Killed at the end."""
    process: Any = await asyncio.create_subprocess_exec(
        "/bin/sh", "-ec", command, cwd=folder, env=environment(), start_new_session=True,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip

    async def line() -> str:
        async with asyncio.timeout(WAIT_SECONDS):
            text: str = (await process.stdout.readline()).decode()
        assert text, "the command ended"
        return text

    try:
        yield line
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


async def run(command: str, folder: Path, **variables: str) -> str:
    """Run commands of the page, up to one that fails; return what they printed. `variables` are of the environment."""
    process: Any = await asyncio.create_subprocess_exec(
        "/bin/sh", "-ec", command, cwd=folder, env=environment() | variables,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, (out + err).decode()
    return out.decode()


async def run_all(commands: str, folder: Path, **variables: str) -> str:
    """Run commands as a terminal does, beyond those that fail; return what they printed, errors included."""
    return await run(f"set +e\n{{ {commands}\n}} 2>&1\ntrue", folder, **variables)
