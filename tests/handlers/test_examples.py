"""The examples of docs/how-to/handlers keep the contract of handlers, even when they are killed."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys

import grpc
import pytest
from redeem.transaction.v1 import action_handler_pb2 as pb
from redeem.transaction.v1 import action_handler_pb2_grpc
from support import lacking
from support.contract import REPOSITORY
from support.exchanges import action, make_exchanges
from support.handler import GIVE, HAS, TAKE, until
from support.patience import WAIT_SECONDS
from support.service import running

REFUSED = "FAILED_PRECONDITION"
EXAMPLES = REPOSITORY / "docs" / "how-to" / "handlers"


@pytest.fixture(scope="session")
def go_program(tmp_path_factory):
    """The example in Go, its stubs generated and compiled."""
    if shutil.which("go") is None:
        lacking.skip("the example in Go needs Go (https://go.dev/dl)")
    folder = tmp_path_factory.mktemp("go") / "inventory"
    shutil.copytree(EXAMPLES / "go", folder, ignore=shutil.ignore_patterns("bin", "redeem"))
    environment = os.environ | {
        "PROTOS": str(REPOSITORY / "protos"),
        "PROTOC": f"{sys.executable} -m grpc_tools.protoc",
    }
    subprocess.run(["sh", folder / "generate.sh"], check=True, env=environment)
    subprocess.run(["go", "build", "-o", "inventory", "."], check=True, cwd=folder)
    return folder / "inventory"


@pytest.fixture(params=["python", "go"])
def command(request, tmp_path):
    """The command line of an example, but for where it listens."""
    if request.param == "go":
        return [request.getfixturevalue("go_program"), "-journal", tmp_path / "inventory.jsonl"]
    return [sys.executable, EXAMPLES / "python" / "inventory.py", "--database", tmp_path / "inventory.db"]


@contextlib.asynccontextmanager
async def started(command, port="0"):
    """Run an example; yield its process and its address. It is killed at the end."""
    flag = "-listen" if "-journal" in command else "--listen"
    line = [*map(str, command), flag, f"127.0.0.1:{port}"]
    process = await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            said = (await process.stdout.readline()).decode()
        yield said.split()[-1]
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
        process._transport.close()


async def call(address, rpc, key, name=GIVE, **asked):
    """Call an example; return its result, or its status."""
    request = {"key": key, "action": name, "request": json.dumps(asked), "user_id": "alice"}
    async with grpc.aio.insecure_channel(address) as channel:
        stub = action_handler_pb2_grpc.ActionHandlerStub(channel)
        try:
            answer = await getattr(stub, rpc)(getattr(pb, f"{rpc}Request")(**request))
        except grpc.aio.AioRpcError as error:
            return error.code().name
    return json.loads(answer.result) if rpc == "Execute" else "OK"


async def execute_batch(address, *keys):
    """Call an example handler once to give 5 swords for each key; return the statuses, as numbers."""
    asked = {"action": GIVE, "request": json.dumps({"item": "sword", "count": 5}), "user_id": "alice"}
    request = pb.ExecuteBatchRequest(executions=[pb.ExecuteRequest(key=key, **asked) for key in keys])
    async with grpc.aio.insecure_channel(address) as channel:
        answer = await action_handler_pb2_grpc.ActionHandlerStub(channel).ExecuteBatch(request)
    return {outcome.key: outcome.code for outcome in answer.outcomes}


async def test_an_example_executes_each_key_once_also_when_it_was_killed(command):
    """A repeat gets the response of the first, also in a batch; a cancelled key is reverted, and never executed."""
    swords, axes = {"item": "sword", "count": 5}, {"item": "axe", "count": 1}
    async with started(command) as address:
        assert await call(address, "Execute", "a", **swords) == swords
        assert await call(address, "Execute", "b", **swords) == swords | {"count": 10}
        assert await call(address, "Execute", "c", TAKE, **swords | {"count": 3}) == swords | {"count": 7}
        assert await call(address, "Execute", "d", TAKE, **axes) == REFUSED
        assert await call(address, "Execute", "e", "Game:Other", **axes) == REFUSED
        assert await call(address, "Cancel", "never", TAKE, **swords) == "OK"
    async with started(command) as address:
        assert await call(address, "Execute", "a", **swords) == swords
        assert await call(address, "Execute", "never", TAKE, **swords) == REFUSED
        for _ in range(2):
            assert await call(address, "Cancel", "c", TAKE, **swords | {"count": 3}) == "OK"
    async with started(command) as address:
        assert await execute_batch(address, "a", "c", "new", "new") == {"a": 0, "c": 9, "new": 0}
    async with started(command) as address:
        assert await call(address, "Execute", "c", TAKE, **swords | {"count": 3}) == REFUSED
        assert await call(address, "Execute", "f", HAS, **swords | {"count": 15}) == swords | {"count": 15}
        assert await call(address, "Execute", "g", HAS, **swords | {"count": 16}) == REFUSED


async def test_an_example_serves_redeemd(command, tmp_path):
    """As docs/how-to/handlers.md has it: swords for gold, all of it the handler's."""
    async with started(command) as address:
        settings = tmp_path / "handlers.json"
        settings.write_text(json.dumps({"Game": {"address": address, "plaintext": True, "batches": True}}))
        async with running(tmp_path / "data", action_handlers=settings) as service:
            exchanges = await make_exchanges(service)
            await exchanges.run(acquire=[action(GIVE, item="gold", count=10)])
            prices = {"verify": [action(HAS, item="gold", count=10)], "consume": [action(TAKE, item="gold", count=10)]}
            await until(lambda: _ran(exchanges, prices))

            async def arrived():
                key = os.urandom(8).hex()
                return await call(address, "Execute", key, HAS, item="sword", count=1) != REFUSED

            await until(arrived)


async def _ran(exchanges, prices):
    try:
        await exchanges.run(**prices, acquire=[action(GIVE, item="sword", count=1)])
    except grpc.aio.AioRpcError as error:
        assert error.code() == grpc.StatusCode.FAILED_PRECONDITION  # the gold has not arrived yet
        return False
    return True
