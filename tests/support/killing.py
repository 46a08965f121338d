"""Copies of databases that take a moment, and commands that are killed while they make one."""

import asyncio
import contextlib
import signal
import sqlite3
from pathlib import Path

from support import forked
from support.patience import WAIT_SECONDS


def make_large(path: Path, size: int) -> None:
    """Write `size` bytes into a database, so that copying it takes a moment."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        insert = "INSERT INTO upload_chunk VALUES (0, 'x', 'x', ?, randomblob(1000000))"
        database.executemany(insert, [(number,) for number in range(size // 1_000_000)])
        database.commit()


async def kill_in_the_middle(folder: Path, *arguments: object) -> None:
    """Kill a command as soon as it has written a part of its file."""
    command = await forked.start(*arguments)
    async with asyncio.timeout(WAIT_SECONDS):
        while not any(path.stat().st_size for path in folder.glob("*.part")):  # noqa: ASYNC240 -- nothing else runs
            assert command.returncode is None, "it ended before it could be killed"
            await asyncio.sleep(0.001)
    command.send_signal(signal.SIGKILL)
    assert await command.wait() == -signal.SIGKILL
