"""A program that reads a line of JSON and writes one."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from support.patience import WAIT_SECONDS

LINE_BYTES_MAX = 1024 * 1024


class LineProgram:
    """A running program."""

    def __init__(self, process: Any) -> None:
        self._process = process

    def write(self, given: Any) -> None:
        """Write a line."""
        self._process.stdin.write(json.dumps(given).encode() + b"\n")

    async def read(self) -> Any:
        """Return the next line."""
        async with asyncio.timeout(WAIT_SECONDS):
            line = await self._process.stdout.readline()
        assert line, "the program ended; its error is above"
        return json.loads(line)


@contextlib.asynccontextmanager
async def running_program(*command: str | Path) -> AsyncIterator[LineProgram]:
    """Run a program."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=LINE_BYTES_MAX)
    try:
        yield LineProgram(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
