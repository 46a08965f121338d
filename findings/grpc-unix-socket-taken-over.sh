#!/bin/sh
# grpcio 1.83.2 and 1.85.3: a second server can be bound to the Unix socket of a first one that is still serving.
#
# Expected, as for a TCP port and as bind(2) does it: the second server fails, because the address is in use.
# Seen: add_insecure_port succeeds and replaces the socket file, so new clients reach the second server. When the first
# server stops, it deletes the file of the second, which then has no address any more.
# Consequence: before a server is bound to a Unix socket, try to connect to it, and refuse to start if that succeeds.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 1.83.2 1.85.3; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "grpcio==$version"
  "$folder/$version/bin/python" - "$folder/$version.sock" <<'PYTHON'
import asyncio
import os
import sys

import grpc


async def main(path):
    first, second = grpc.aio.server(), grpc.aio.server()
    first.add_insecure_port(f"unix:{path}")
    await first.start()
    inode = os.stat(path).st_ino
    try:
        second.add_insecure_port(f"unix:{path}")
    except RuntimeError:
        print(f"grpcio {grpc.__version__}: the second server is refused")
        return False
    await second.start()
    replaced = os.stat(path).st_ino != inode
    await first.stop(0)
    left = os.path.exists(path)
    await second.stop(0)
    print(f"grpcio {grpc.__version__}: the second server replaces the socket: {replaced}; it is there after the first stops: {left}")
    return replaced and not left


sys.exit(0 if asyncio.run(main(sys.argv[1])) else 1)
PYTHON
done
