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
from proof.counter_operations import OFFSET_SECONDS
from proof.draws import Draws
from proof.history import History
from proof.operations import Operations
from proof.plan import AT_ONCE, CLIENTS, PLAYERS, WORKERS, Plan
from proof.progress import Progress
from proof.services import Services

TOKENS_SECONDS = 20 * 60  # they live for an hour
_LOGIN_TRIES = 100


class Worker:
    """The clients of a process."""

    def __init__(self, folder: Path, number: int):
        self._plan = Plan.read(folder / "plan.json")
        self._progress = Progress(folder / "progress", WORKERS, number)
        self._random = random.Random(f"{self._plan.seed}/{number}")
        self._history = History(self._plan, folder, str(number))
        self._servers = [Services(address, self._plan.key) for address in self._plan.addresses]
        self._draws = Draws(self._plan, self._random)
        self._operations = Operations(self._draws)
        first = number * CLIENTS
        self._clients = [Client(first + each, self._servers, self._history, self._random) for each in range(CLIENTS)]

    async def run(self):
        """Run until enough was done by all processes together."""
        try:
            await self._get_tokens()
            renewing = asyncio.create_task(self._renew_tokens())
            await asyncio.gather(*map(self._work, self._clients))
            renewing.cancel()
        finally:
            self._history.close()
            for server in self._servers:
                await server.close()

    async def _work(self, client):
        while (number := self._progress.add()) <= self._plan.operations:
            call, *others = self._operations.draw(number, time.time_ns() // 1_000_000)
            if others:
                await self._at_once([call, *others], counted=1)
                continue
            reply = await client.make(call)
            if reply is not None and call.name == "exchange for an await":
                await self._acquire(call, reply)

    async def _acquire(self, call, reply):
        """Make several clients acquire the same await concurrently."""
        created = json.loads(reply.transaction_result.acquire_results[0].acquire_result)
        await_name = created["item"]["name"]
        acquire = self._operations.exchanges.acquire
        await self._at_once([acquire(call.user, _generation(call), await_name) for _ in range(AT_ONCE)])

    async def _at_once(self, calls, *, counted=0):
        """Make several clients send a call each concurrently; `counted` of the calls are counted already."""
        for _ in calls[counted:]:
            self._progress.add()
        clients = self._random.sample(self._clients, len(calls))
        await asyncio.gather(*(client.make(call) for client, call in zip(clients, calls, strict=True)))

    async def _get_tokens(self):
        for user in PLAYERS:
            offset = await self._login("IssueTimeOffsetTokenByUserId", user_id=user, time_offset=OFFSET_SECONDS)
            self._draws.offset_tokens[user] = offset
            self._draws.access_tokens[user] = await self._login("Login", user_id=user)

    async def _login(self, method, **fields):
        for _ in range(_LOGIN_TRIES):
            try:
                return (await self._random.choice(self._servers).call("auth", method, **fields)).token
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.1)
        raise RuntimeError("no server answered")

    async def _renew_tokens(self):
        while True:
            await asyncio.sleep(TOKENS_SECONDS)
            await self._get_tokens()


def _generation(call):
    return int(next(value.value for value in call.request.config if value.key == "g"))


async def main(folder, number):
    """Be one of the processes of clients."""
    await Worker(Path(folder), int(number)).run()  # made in here: connections belong to a loop


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
