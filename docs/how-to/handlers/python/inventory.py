"""An example of a handler: an inventory that gives, takes and checks items, kept in a SQLite file.

Run it with `python inventory.py --listen 127.0.0.1:7000 --database inventory.db`. It keeps the contract of
protos/redeem/transaction/v1/action_handler.proto: each key is executed at most once, a repeat gets the response of the
first call, and a key that was cancelled is never executed. All of that is one table, written in the transaction that
changes the items.
"""

import argparse
import asyncio
import json
import signal
import sqlite3

import grpc
from redeem.transaction.v1 import action_handler_pb2 as pb
from redeem.transaction.v1 import action_handler_pb2_grpc

TABLES = """
CREATE TABLE IF NOT EXISTS item (user_id TEXT, name TEXT, count INTEGER NOT NULL, PRIMARY KEY (user_id, name));
CREATE TABLE IF NOT EXISTS execution (
  key TEXT PRIMARY KEY, action TEXT NOT NULL, user_id TEXT NOT NULL, request TEXT NOT NULL,
  cancelled INTEGER NOT NULL, result TEXT NOT NULL
);
"""


class Refused(Exception):
    """The action cannot be executed, now or ever; redeemd does not retry."""


class Inventory(action_handler_pb2_grpc.ActionHandlerServicer):
    """Executes Game:GiveItem (acquire), Game:TakeItem (consume) and Game:HasItem (verify).

    The request of all three is {"item": NAME, "count": HOW_MANY}.
    """

    def __init__(self, path):
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = FULL")  # what redeemd was told is done stays done
        self.database.executescript(TABLES)

    async def Execute(self, request, context):  # noqa: N802 -- as the proto has it
        """Execute a key once."""
        try:
            return pb.ExecuteResponse(result=self.execute(request))
        except Refused as refusal:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(refusal))

    async def ExecuteBatch(self, request, _context):  # noqa: N802 -- as the proto has it
        """Execute several keys, each once, and all of them in one transaction."""
        with self._transaction():
            outcomes = [
                pb.ExecutionOutcome(key=each.key, code=self._status(each).value[0]) for each in request.executions
            ]
        return pb.ExecuteBatchResponse(outcomes=outcomes)

    async def Cancel(self, request, _context):  # noqa: N802 -- as the proto has it
        """Take a key back, or keep it from ever being executed."""
        self.cancel(request)
        return pb.CancelResponse()

    def execute(self, request):
        """Return the result. Nothing is awaited here, so no other call interleaves. Raises Refused."""
        with self._transaction():
            return self._once(request)

    def cancel(self, request):
        """Undo what the key did, if it did anything, and remember that it must not do anything."""
        with self._transaction():
            known = self._one("SELECT cancelled FROM execution WHERE key = ?", request.key)
            if known is None:
                self._remember(request, cancelled=True, result="")
            elif not known[0]:
                asked = json.loads(request.request)
                self._add(request.user_id, asked["item"], asked["count"])
                self.database.execute("UPDATE execution SET cancelled = 1 WHERE key = ?", (request.key,))

    def _status(self, request):
        try:
            self._once(request)
        except Refused:
            return grpc.StatusCode.FAILED_PRECONDITION
        return grpc.StatusCode.OK

    def _once(self, request):
        """Execute a key, unless it was. What is refused has changed nothing."""
        known = self._one("SELECT cancelled, result FROM execution WHERE key = ?", request.key)
        if known is None:
            result = json.dumps(self._perform(request))
            self._remember(request, cancelled=False, result=result)
            return result
        cancelled, result = known
        if cancelled:
            raise Refused("the key was cancelled")
        return result

    def _perform(self, request):
        asked = json.loads(request.request)
        item, count = asked["item"], int(asked["count"])
        if request.action == "Game:GiveItem":
            self._add(request.user_id, item, count)
        else:
            if self._count(request.user_id, item) < count:
                raise Refused(f"not enough of {item}")
            if request.action == "Game:TakeItem":
                self._add(request.user_id, item, -count)
            elif request.action != "Game:HasItem":
                raise Refused("no such action")
        return {"item": item, "count": self._count(request.user_id, item)}

    def _add(self, user_id, item, count):
        self.database.execute(
            "INSERT INTO item VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            (user_id, item, count),
        )

    def _count(self, user_id, item):
        row = self._one("SELECT count FROM item WHERE user_id = ? AND name = ?", user_id, item)
        return 0 if row is None else row[0]

    def _remember(self, request, *, cancelled, result):
        self.database.execute(
            "INSERT INTO execution VALUES (?, ?, ?, ?, ?, ?)",
            (request.key, request.action, request.user_id, request.request, cancelled, result),
        )

    def _one(self, statement, *values):
        return self.database.execute(statement, values).fetchone()

    def _transaction(self):
        self.database.execute("BEGIN IMMEDIATE")
        return self.database  # as a context manager it commits, or rolls back when something is raised


async def serve(handler, listen):
    """Serve until SIGTERM or SIGINT."""
    server = grpc.aio.server()
    action_handler_pb2_grpc.add_ActionHandlerServicer_to_server(handler, server)
    port = server.add_insecure_port(listen)
    await server.start()
    print(f"serving on {listen.rpartition(':')[0]}:{port}", flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await server.stop(grace=1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An inventory for redeemd.")
    parser.add_argument("--listen", default="127.0.0.1:7000")
    parser.add_argument("--database", default="inventory.db")
    chosen = parser.parse_args()
    asyncio.run(serve(Inventory(chosen.database), chosen.listen))
