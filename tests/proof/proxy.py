"""`python -m proof.proxy ADDRESS...`: a proxy between clients and servers that loses what it is configured to lose.

Says on standard output where it listens, a line of JSON. Takes commands on standard input, a line of JSON each:
{"replica": 0, "fault": "drop", "seconds": 0.3}.

drop: replies are swallowed for that long, while requests still arrive; then the connections are cut.
cut: the connections are cut at once, in the middle of whatever they carry.
delay: replies come late, each by up to `seconds`, for a second.
"""

import asyncio
import contextlib
import json
import random
import sys

CHUNK_BYTES = 1 << 16
DELAYED_SECONDS = 1.0


class Link:
    """The proxies in front of one server."""

    def __init__(self, address):
        self._host, _, self._port = address.rpartition(":")
        self._connections = set()
        self._delay_seconds = 0.0

    async def listen(self):
        """Open a port; return its address."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def close(self):
        """Close the port, and cut the connections."""
        self._server.close()
        for connection in list(self._connections):
            connection.cut()

    async def _connected(self, reader, writer):
        connection = Connection(writer)
        self._connections.add(connection)
        try:
            there_reader, there_writer = await asyncio.open_connection(self._host, self._port)
            connection.writers.append(there_writer)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(reader, there_writer, connection))
                group.create_task(self._carry(there_reader, writer, connection, replies=True))
        except (OSError, ExceptionGroup):
            pass
        finally:
            connection.cut()
            self._connections.discard(connection)

    async def _carry(self, reader, writer, connection, *, replies=False):
        while data := await reader.read(CHUNK_BYTES):
            if replies and self._delay_seconds:
                await asyncio.sleep(random.random() * self._delay_seconds)
            if replies and connection.swallows:
                continue
            writer.write(data)
            await writer.drain()
        connection.cut()

    async def inject(self, fault, seconds):
        """Do what a fault is."""
        if fault == "delay":
            self._delay_seconds = seconds
            await asyncio.sleep(DELAYED_SECONDS)
            self._delay_seconds = 0.0
            return
        hit = list(self._connections)
        if fault == "drop":
            for connection in hit:
                connection.swallows = True
            await asyncio.sleep(seconds)
        for connection in hit:
            connection.cut()


class Connection:
    """A connection of a client, and the one that it became."""

    def __init__(self, writer):
        self.writers = [writer]
        self.swallows = False

    def cut(self):
        """End both at once."""
        for writer in self.writers:
            if not writer.is_closing():
                writer.transport.abort()


async def main(addresses):
    """Carry until standard input ends."""
    links = [Link(address) for address in addresses]
    print(json.dumps([await link.listen() for link in links]), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    injected = set()
    while line := await reader.readline():
        command = json.loads(line)
        task = asyncio.create_task(links[command["replica"]].inject(command["fault"], command["seconds"]))
        injected.add(task)
        task.add_done_callback(injected.discard)


class Proxy:
    """The proxy as a process of its own."""

    def __init__(self, process, addresses):
        self._process = process
        self.addresses = addresses

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, addresses, tests):
        """Run it before these addresses."""
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "proof.proxy", *addresses, cwd=tests, **pipes
        )
        try:
            yield cls(process, json.loads(await process.stdout.readline()))
        finally:
            process.kill()
            await process.wait()

    async def inject(self, replica, fault, seconds):
        """Schedule a fault before a server."""
        command = {"replica": replica, "fault": fault, "seconds": seconds}
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()
        await asyncio.sleep(DELAYED_SECONDS if fault == "delay" else seconds)


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(sys.argv[1:]))
