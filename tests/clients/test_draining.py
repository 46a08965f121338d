"""A client that ignores `healthCheckConfig`, as grpc-js does, while a replica drains."""

import asyncio
import contextlib
import json
import os

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from support.contract import REPOSITORY
from support.patience import WAIT_SECONDS
from support.replicas import SERVICE_CONFIG, Replicas

PROGRAM = REPOSITORY / ".tools" / "typescript" / "built" / "typescript" / "while_draining.mjs"
DRAIN_SECONDS = 5
pytestmark = pytest.mark.timeout(1800)  # the first build of a language fetches what it needs


class Node:
    """A client in Node.js that calls all the time."""

    def __init__(self, process):
        self._process = process

    async def calls(self):
        """Return what failed, and how many calls each replica has served."""
        self._process.stdin.write(b"\n")
        line = await self._process.stdout.readline()
        assert line, "it ended"
        return json.loads(line)

    async def until_served_more(self, address):
        """Wait until a replica has served calls after this one."""
        before = (await self.calls())["served"].get(address, 0)
        async with asyncio.timeout(WAIT_SECONDS):
            while (await self.calls())["served"].get(address, 0) <= before:  # noqa: ASYNC110 -- in another process
                await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def calling(replicas):
    """Run the client with the published service config."""
    variables = {
        "REDEEMD_ADDRESS": f"ipv4:{','.join(replicas.addresses)}",
        "REDEEMD_KEY_FILE": str(replicas.folder / "admin.key"),
        "REDEEMD_SERVICE_CONFIG": str(SERVICE_CONFIG),
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "node", str(PROGRAM), env={**os.environ, **variables}, stdin=pipe, stdout=pipe
    )
    try:
        yield Node(process)
        process.stdin.close()
        async with asyncio.timeout(WAIT_SECONDS):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def drains(address):
    """Wait until a replica reports that it stops."""
    async with asyncio.timeout(WAIT_SECONDS), grpc.aio.insecure_channel(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        async for reply in health.Watch(health_pb2.HealthCheckRequest()):
            if reply.status == health_pb2.HealthCheckResponse.NOT_SERVING:
                return


@pytest.mark.usefixtures("postgres", "client")
@pytest.mark.parametrize("client", ["typescript"], indirect=True)
async def test_a_client_in_node_does_not_notice_a_drain(tmp_path):
    """It sends calls to the replica that drains, which serves them; those that reach it as it stops are retried."""
    replicas = Replicas(tmp_path, DRAIN_SECONDS, count=2)
    async with replicas.running(), calling(replicas) as node:
        first, second = replicas.addresses
        await node.until_served_more(first)
        await node.until_served_more(second)
        ending = asyncio.create_task(replicas.processes[first].end())
        await drains(first)
        await node.until_served_more(first)
        assert await ending == 0
        await node.until_served_more(second)
        assert (await node.calls())["failed"] == []
