"""Copies of databases that take a moment, and commands that are killed while they make one."""

import asyncio
import contextlib
import signal
import sqlite3
import sys
from pathlib import Path

from support.patience import WAIT_SECONDS


def make_large(path: Path, size: int) -> None:
    """Write `size` bytes into a database, so that copying it takes a moment."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        insert = "INSERT INTO upload_chunk VALUES (0, 'x', 'x', ?, randomblob(1000000))"
        database.executemany(insert, [(number,) for number in range(size // 1_000_000)])
        database.commit()


async def start(*arguments: object) -> asyncio.subprocess.Process:
    """Run a command as a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "redeemd", *map(str, arguments),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def kill_in_the_middle(folder: Path, *arguments: object) -> None:
    """Kill a command as soon as it has written a part of its file."""
    command = await start(*arguments)
    async with asyncio.timeout(WAIT_SECONDS):
        while not any(path.stat().st_size for path in folder.glob("*.part")):  # noqa: ASYNC240 -- nothing else runs
            assert command.returncode is None, "it ended before it could be killed"
            await asyncio.sleep(0)
    command.send_signal(signal.SIGKILL)
    assert await command.wait() == -signal.SIGKILL
