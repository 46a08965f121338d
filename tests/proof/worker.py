"""`python -m proof.worker FOLDER NUMBER`: a process of clients, which leaves its history in the folder of plan.json."""

import asyncio
import json
import random
import sys
import time
from pathlib import Path

import grpc
import uvloop

from proof.client import Client
from proof.history import History
from proof.operations import OFFSET_SECONDS, Operations
from proof.plan import CLIENTS, PLAYERS, WORKERS, Plan
from proof.progress import Progress
from proof.services import Services

ACQUIRED_BY = 3  # so many clients try to acquire an await at the same time
OFFSET_TOKENS_SECONDS = 20 * 60  # they live for an hour
_LOGIN_TRIES = 100


class Worker:
    """The clients of a process."""

    def __init__(self, folder: Path, number: int):
        self._plan = Plan.read(folder / "plan.json")
        self._progress = Progress(folder / "progress", WORKERS, number)
        self._random = random.Random(f"{self._plan.seed}/{number}")
        self._history = History(self._plan, folder, str(number))
        self._servers = [Services(address, self._plan.key) for address in self._plan.addresses]
        self._operations = Operations(self._plan, self._random, {})
        first = number * CLIENTS
        self._clients = [Client(first + each, self._servers, self._history, self._random) for each in range(CLIENTS)]

    async def run(self):
        """Run until enough was done by all processes together."""
        try:
            await self._get_offset_tokens()
            renewing = asyncio.create_task(self._renew_offset_tokens())
            await asyncio.gather(*map(self._work, self._clients))
            renewing.cancel()
        finally:
            self._history.close()
            for server in self._servers:
                await server.close()

    async def _work(self, client):
        while (number := self._progress.add()) <= self._plan.operations:
            call = self._operations.draw(number, time.time_ns() // 1_000_000)
            reply = await client.make(call)
            if reply is not None and call.name == "exchange for an await":
                await self._acquire(call, reply)

    async def _acquire(self, call, reply):
        """Have several clients acquire the same await at once."""
        created = json.loads(reply.transaction_result.acquire_results[0].acquire_result)
        await_name = created["item"]["name"]
        clients = self._random.sample(self._clients, min(ACQUIRED_BY, len(self._clients)))
        for _ in clients:
            self._progress.add()
        await asyncio.gather(
            *(client.make(self._operations.acquire(call.user, _generation(call), await_name)) for client in clients)
        )

    async def _get_offset_tokens(self):
        for user in PLAYERS:
            self._operations.offset_tokens[user] = await self._offset_token(user)

    async def _offset_token(self, user):
        fields = {"user_id": user, "time_offset": OFFSET_SECONDS}
        for _ in range(_LOGIN_TRIES):
            try:
                server = self._random.choice(self._servers)
                return (await server.call("auth", "IssueTimeOffsetTokenByUserId", **fields)).token
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.1)
        raise RuntimeError("no server answered")

    async def _renew_offset_tokens(self):
        while True:
            await asyncio.sleep(OFFSET_TOKENS_SECONDS)
            await self._get_offset_tokens()


def _generation(call):
    return int(next(value.value for value in call.request.config if value.key == "g"))


async def main(folder, number):
    """Be one of the processes of clients."""
    await Worker(Path(folder), int(number)).run()  # made in here: connections belong to a loop


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
