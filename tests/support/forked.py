"""Processes of redeemd, forked from one that has imported it: importing takes most of the CPU of a start."""

import asyncio
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from support import forking

_until_exit = contextlib.ExitStack()


class Forked:
    """A process of its own, with what tests use of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, control: socket.socket, out: asyncio.StreamReader, err: asyncio.StreamReader) -> None:
        self.pid = pid
        self.stdout = out
        self.stderr = err
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._end(control))

    async def _end(self, control: socket.socket) -> int:
        with control:
            self.returncode = await _number(control)
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it has ended, and the event loop does not know yet
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait for its end; return its exit code, or the number of the signal that ended it as a negative one."""
        return await asyncio.shield(self._ended)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait for its end; return the rest of its standard output and of its standard error."""
        out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, err


async def start(
    *arguments: object, environment: Mapping[str, str] = os.environ, umask: int = -1, output: bool = False
) -> Forked:
    """Run `python -m redeemd` in the current folder. `output`: keep its standard output, which somebody has to read."""
    request = {"arguments": [str(each) for each in arguments], "environment": {**environment}, "umask": umask}
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    stdout, out = await _pipe() if output else _nowhere()
    stderr, err = await _pipe()
    with theirs, out, err:
        message = json.dumps(request | {"folder": str(Path.cwd())}).encode()
        socket.send_fds(_forking(), [message], [each.fileno() for each in (theirs, out, err)])
    return Forked(await _number(ours), ours, stdout, stderr)


async def _pipe() -> tuple[asyncio.StreamReader, BinaryIO]:
    reading, writing = os.pipe()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(reading, "rb"))
    return reader, os.fdopen(writing, "wb")


def _nowhere() -> tuple[asyncio.StreamReader, BinaryIO]:
    reader = asyncio.StreamReader()
    reader.feed_eof()
    return reader, Path(os.devnull).open("wb")


async def _number(control: socket.socket) -> int:
    return int(await asyncio.get_running_loop().sock_recv(control, 100))


@functools.cache
def _forking() -> socket.socket:
    """Return the socket of the process that forks, running until close()."""
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-P", forking.__file__, str(theirs.fileno())]  # -P: support has a module `http`
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    _until_exit.callback(process.wait)
    return _until_exit.enter_context(ours)


def close() -> None:
    """End that process, if there is one. It also ends with this one."""
    _until_exit.close()
    _forking.cache_clear()
