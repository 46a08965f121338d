"""The example handler as a process that fails as a script says, and records every call.

Started with the port, the path of its database and the path of a script: a JSON list of behaviours, one for each call
in the order of their coming, also across restarts. What comes after them behaves.

ok           executes and answers
hang         executes nothing and never answers
late         executes and answers long after the deadline
held         executes and answers when the test releases it; the deadline has to be a long one
die          executes and dies before it answers
die-before   dies before it executes
NAME         executes nothing and answers that status
lie-NAME     executes and answers that status

In a batch each execution behaves by itself, but for those that end the call: they keep what is behind them in the batch
from being executed, as does

all-NAME     the whole batch is answered with that status

and there are two more, of a response that tells less, or other things, than it should:

silent       executes and does not report it
odd          executes nothing, and answers a number that is no status, and twice, and of a key that nobody requested
"""

import asyncio
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import grpc
from redeem.transaction.v1 import action_handler_pb2 as pb

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "handlers" / "python" / "inventory.py"
_CALLS = """
CREATE TABLE IF NOT EXISTS call (
  number INTEGER PRIMARY KEY, rpc TEXT, key TEXT, content TEXT, user_id TEXT, attempt INTEGER, together INTEGER
)
"""
LATE_SECONDS = 1.5


def released(script: Path) -> Path:
    """Return the path of the file whose existence releases the calls that are held."""
    return script.with_suffix(".released")


def example() -> ModuleType:
    """Import the example."""
    spec: Any = importlib.util.spec_from_file_location("inventory", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


inventory: Any = example()


class FaultyInventory(inventory.Inventory):  # type: ignore[misc]  # imported by its path
    """See above."""

    def __init__(self, path: str, script: str) -> None:
        super().__init__(path)
        self._script = Path(script)
        self.database.execute(_CALLS)

    async def Execute(self, request: pb.ExecuteRequest, context: Any) -> pb.ExecuteResponse:  # noqa: N802 -- as the proto has it
        """See the example."""
        await self._misbehave(request, context, "Execute", self.execute)
        reply: pb.ExecuteResponse = await super().Execute(request, context)
        return reply

    async def ExecuteBatch(self, request: pb.ExecuteBatchRequest, context: Any) -> pb.ExecuteBatchResponse:  # noqa: N802 -- as the proto has it
        """See the example."""
        told = []
        for each in request.executions:
            how = self._behaviour(self._write_down(each, "Execute", together=len(request.executions)))
            if how.startswith("all-"):
                await context.abort(grpc.StatusCode[how.removeprefix("all-")], "as it was told to")
            told += await self._outcomes(each, how)
        return pb.ExecuteBatchResponse(outcomes=told)

    async def _outcomes(self, execution: pb.ExecuteRequest, how: str) -> list[pb.ExecutionOutcome]:
        """Execute one of a batch as it is to go; return its outcomes."""
        if how == "odd":
            return [pb.ExecutionOutcome(key=key, code=4711) for key in (execution.key, execution.key, "nobody's")]
        code = grpc.StatusCode.OK
        if how in {"ok", "silent", "late", "die"} or how.startswith("lie-"):
            with self._transaction():
                code = self._status(execution)
        if how.startswith("die"):
            os._exit(1)
        await asyncio.sleep({"hang": 60, "late": LATE_SECONDS}.get(how, 0))
        if how.isupper() or how.startswith("lie-"):
            code = grpc.StatusCode[how.removeprefix("lie-")]
        return [] if how == "silent" else [pb.ExecutionOutcome(key=execution.key, code=code.value[0])]

    async def Cancel(self, request: pb.CancelRequest, context: Any) -> pb.CancelResponse:  # noqa: N802 -- as the proto has it
        """See the example."""
        await self._misbehave(request, context, "Cancel", self.cancel)
        reply: pb.CancelResponse = await super().Cancel(request, context)
        return reply

    async def _misbehave(self, request: Any, context: Any, rpc: str, perform: Callable[[Any], object]) -> None:
        how = self._behaviour(self._write_down(request, rpc))
        if how in {"late", "held", "die"} or how.startswith("lie-"):
            perform(request)
        if how.startswith("die"):
            os._exit(1)
        if how == "hang":
            await asyncio.sleep(60)
        if how == "late":
            await asyncio.sleep(LATE_SECONDS)
        elif how == "held":
            while not released(self._script).exists():  # noqa: ASYNC110 -- another process makes the file
                await asyncio.sleep(0.02)
        elif how != "ok":
            await context.abort(grpc.StatusCode[how.removeprefix("lie-")], "as it was told to")

    def _write_down(self, request: Any, rpc: str, *, together: int = 1) -> int:
        content = type(request)()
        content.CopyFrom(request)
        content.ClearField("attempt")
        values = (rpc, request.key, str(content), request.user_id, request.attempt, together)
        number: int = self.database.execute(
            "INSERT INTO call (rpc, key, content, user_id, attempt, together) VALUES (?, ?, ?, ?, ?, ?)", values
        ).lastrowid
        return number

    def _behaviour(self, number: int) -> str:
        script = json.loads(self._script.read_text()) if self._script.exists() else []
        how: str = script[number - 1] if number <= len(script) else "ok"
        return how


if __name__ == "__main__":
    listen, database, script = sys.argv[1:]
    asyncio.run(inventory.serve(FaultyInventory(database, script), listen))
