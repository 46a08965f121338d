#!/bin/sh
# asyncpg 0.32.0: if a URL names several hosts, one host that accepts the connection and stays silent uses up the whole
# timeout, and the next host is not tried.
#
# Expected, as libpq does it: the timeout applies to each host, and the next host is tried when it expires.
# Seen: TimeoutError after `timeout` seconds; the second host receives no connection.
# Cause: `timeout` bounds the whole of connect() (reported: asyncpg issue 1155).
# Consequence: a URL with several hosts does not fail over while the first machine hangs. Connect to the hosts one by
# one, each with a timeout of its own.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check asyncpg==0.32.0
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys

import asyncpg


class Listener(asyncio.Protocol):
    """Counts connections and says nothing."""

    def __init__(self, name, connections):
        self.name, self.connections = name, connections

    def connection_made(self, transport):
        self.connections.append(self.name)


async def main():
    loop, connections, hosts = asyncio.get_running_loop(), [], []
    for name in ("first", "second"):
        server = await loop.create_server(lambda name=name: Listener(name, connections), "127.0.0.1", 0)
        hosts.append("127.0.0.1:%d" % server.sockets[0].getsockname()[1])
    try:
        await asyncpg.connect(f"postgresql://user@{','.join(hosts)}/name?sslmode=disable", timeout=3)
    except Exception as error:
        outcome = type(error).__name__
    else:
        outcome = "connected"
    print(f"asyncpg {asyncpg.__version__}, two hosts, timeout=3: {outcome}; hosts that were tried: {connections}")
    return outcome == "TimeoutError" and connections == ["first"]


sys.exit(0 if asyncio.run(main()) else 1)
PYTHON
