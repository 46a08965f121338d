"""A proxy that loses connections as networks do: neither end is notified."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

CHUNK_BYTES = 1 << 16


class Way:
    """A TCP proxy before a port of this machine, which can be changed."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.opened = 0
        self._forgotten = 0  # connections up to this number carry nothing
        self._silent = False
        self._reading = asyncio.Event()
        self._reading.set()
        self._writers: set[asyncio.StreamWriter] = set()

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, target: int) -> AsyncIterator["Way"]:
        """Listen for as long as the block lasts."""
        way = cls(target)
        server = await asyncio.start_server(way._connected, "127.0.0.1", 0)
        way.port = server.sockets[0].getsockname()[1]
        try:
            yield way
        finally:
            server.close()
            way.cut()

    def fall_silent(self) -> None:
        """Take every connection, old and new, and carry nothing: the machine behind is gone."""
        self._silent = True

    def block(self) -> None:
        """Read nothing from any connection, so that the buffers of senders fill up."""
        self._reading.clear()

    def unblock(self) -> None:
        """Read again."""
        self._reading.set()

    def forget(self) -> None:
        """Carry nothing over the connections of now, as a firewall that forgot them; new ones work."""
        self._forgotten = self.opened

    def cut(self) -> None:
        """Reset all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        number = self.opened
        writers = {writer}
        try:
            if self._silent:
                self._writers.add(writer)
                while await reader.read(CHUNK_BYTES):
                    pass
                return
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
            writers.add(there_writer)
            self._writers |= writers
            await asyncio.gather(self._carry(reader, there_writer, number), self._carry(there_reader, writer, number))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._writers -= writers
            for one in writers:
                one.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while await self._reading.wait() and (data := await reader.read(CHUNK_BYTES)):
            if not self._silent and number > self._forgotten:
                writer.write(data)
                await writer.drain()
        if not self._silent and number > self._forgotten:
            writer.close()


def through(way: Way, url: str) -> str:
    """Return the URL of a database by a way to its server."""
    return url.replace(url.rpartition(":")[2].partition("/")[0], str(way.port))
