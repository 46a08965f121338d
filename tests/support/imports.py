"""Imports that tests hold open, and what the store holds of imports."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Unpack

import grpc
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.store.base import Body, Row, RunOptions, Store, T, Tx
from redeemd.store.sql import Query, query

from support.patience import WAIT_SECONDS
from support.service import Headers, Metadata, Service, read_refusal
from support.world import World

# Kinds of problems.
DUPLICATE, CONFLICT, SERIAL_KEY, CAMPAIGN_NAME, WHITE_SPACE, NO_CHARACTERS, STATE = range(1, 8)
# Statuses of codes.
ACTIVE, USED, INACTIVE = range(1, 4)

_WRITTEN = query(
    "written",
    "SELECT COUNT(*) AS n FROM imported_code c JOIN namespace s ON s.namespace_id = c.namespace_id "
    "WHERE s.name = :name",
)
_UNDER_WAY = query("under_way", "SELECT COUNT(*) AS n FROM code_import WHERE status = 1")


def message(world: Any, codes: Sequence[str], campaign: str = "spring", **fields: Any) -> Any:
    """Make one message of an import."""
    return pb.ImportSerialKeysRequest(namespace_name=world.name, campaign_model_name=campaign, codes=codes, **fields)


def used(by: str | None = "alice", at: int | None = 1_700_000_000_000, **fields: Any) -> dict[str, Any]:
    """Return the state of a code that somebody used elsewhere."""
    return {"status": USED, "used_user_id": by, "used_at": at, **fields}


async def bring_states(world: World, states: Mapping[str, Mapping[str, Any]], size: int = 2000, **fields: Any) -> Any:
    """Import codes with their states, so many in a message; return the response."""
    codes, given = list(states), [pb.ImportedState(**state) for state in states.values()]
    starts = range(0, len(codes), size)
    messages = [message(world, codes[at : at + size], states=given[at : at + size], **fields) for at in starts]
    return await send(world, messages)


async def send(world: World, messages: Sequence[Any], headers: Headers = (), metadata: Metadata | None = None) -> Any:
    """Import by these very messages, or bytes, by default as the administrator; the last message says that it is."""
    if messages and not isinstance(messages[-1], bytes):
        messages[-1].last = True
    path = "/redeem.serialkey.v1.SerialKeyService/ImportSerialKeys"
    channel: Any = world.service.channel
    rpc = channel.stream_unary(path, response_deserializer=pb.ImportSerialKeysResponse.FromString)
    data = [item if isinstance(item, bytes) else item.SerializeToString() for item in messages]
    metadata = world.service.admin if metadata is None else metadata
    return await rpc(iter(data), metadata=metadata + tuple(headers))


async def status_of(world: World, code: str) -> Any:
    """Return what GetSerialKey says of a code."""
    return (await world.call("GetSerialKey", code=code)).item


async def use(world: World, code: str, user_id: str = "carol") -> str:
    """Use a code; return OK, or the cause of the refusal."""
    try:
        await world.call("UseByUserId", user_id=user_id, code=code)
    except grpc.aio.AioRpcError as error:
        return read_refusal(error).metadata["cause"]
    return "OK"


class OpenImport:
    """An import whose messages a test sends one by one."""

    def __init__(self, world: World, *, headers: Headers = ()) -> None:
        self._world = world
        self._waiting: asyncio.Queue[Any] = asyncio.Queue()
        self.call = world.service.serial_keys.ImportSerialKeys(
            self._messages(), metadata=world.service.admin + tuple(headers)
        )

    async def _messages(self) -> AsyncIterator[Any]:
        while (item := await self._waiting.get()) is not None:
            yield item

    def send(self, codes: Sequence[str], **fields: Any) -> Any:
        """Send one message."""
        self._waiting.put_nowait(message(self._world, codes, **fields))

    async def end(self) -> Any:
        """Send the last message; return the response."""
        self.send([], last=True)
        self._waiting.put_nowait(None)
        async with asyncio.timeout(WAIT_SECONDS):
            return await self.call

    async def until_written(self, count: int) -> None:
        """Wait until the store holds so many imported codes of the namespace, used or not."""
        async with asyncio.timeout(WAIT_SECONDS):
            while await written(self._world) < count:  # noqa: ASYNC110 -- the server does not report it
                await asyncio.sleep(0.005)


async def written(world: World) -> int:
    """Return how many rows of imported codes a namespace has, whether their import is done or not."""
    row = await world.service.store.run(lambda tx: tx.one(_WRITTEN, name=world.name), write=False)
    return int(row["n"])


async def under_way(service: Service) -> int:
    """Return how many imports are under way."""
    row = await service.store.run(lambda tx: tx.one(_UNDER_WAY), write=False)
    return int(row["n"])


async def until_given_up(service: Service) -> None:
    """Wait until no import is under way."""
    async with asyncio.timeout(WAIT_SECONDS):
        while await under_way(service):  # noqa: ASYNC110 -- the server does not report it
            await asyncio.sleep(0.005)


def problems(report: Any) -> list[tuple[int, int]]:
    """Return (position, kind) of every reported problem."""
    return [(problem.position, problem.kind) for problem in report.problems]


def counts(report: Any) -> dict[int, int]:
    """Return how often each kind of problem was found."""
    return {count.kind: count.count for count in report.problem_counts}


async def jobs(world: World, campaign: str = "spring") -> Any:
    """Return the batches of a campaign."""
    return (await world.call("DescribeIssueJobs", campaign_model_name=campaign, limit=1000)).items


async def listed(world: World, job: Any, campaign: str = "spring") -> list[str]:
    """Return the codes of a batch as they are listed."""
    return [key.code for key in await world.keys(job, campaign)]


class Watched:
    """A store that notes how many writing bodies it was handed, how many at once, and how many rows each wrote."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting = 0
        self._rows = 0
        self.asked = 0
        self.waiting_max = 0
        self.rows: list[int] = []

    async def run(self, body: Body[T], **options: Unpack[RunOptions]) -> T:
        """See Store."""
        if not options["write"]:
            return await self._store.run(body, **options)

        async def counting(tx: Tx) -> T:
            self._rows = 0
            try:
                counted: Any = _Counting(tx, self)
                return await body(counted)
            finally:
                self.rows.append(self._rows)

        self.asked += 1
        self._waiting += 1
        self.waiting_max = max(self.waiting_max, self._waiting)
        try:
            return await self._store.run(counting, **options)
        finally:
            self._waiting -= 1

    def wrote(self, rows: int) -> None:
        """Note rows of the body that runs."""
        self._rows += rows


def watch(service: Service) -> Watched:
    """Observe the server's store from now on."""
    faults: Any = service.faults
    faults._store = watched = Watched(faults._store)
    return watched


class _Counting:
    def __init__(self, tx: Tx, watched: Watched) -> None:
        self._tx, self._watched = tx, watched
        self.all, self.lock, self.pin, self.serial = tx.all, tx.lock, tx.pin, tx.serial

    async def one(self, text: Query, **parameters: Any) -> Row | None:
        row = await self._tx.one(text, **parameters)
        if row is not None and not text.sqlite.lstrip().startswith("SELECT"):
            self._watched.wrote(1)
        return row

    async def run(self, text: Query, **parameters: Any) -> int:
        rows = await self._tx.run(text, **parameters)
        self._watched.wrote(rows)
        return rows

    async def many(self, text: Query, parameters: Sequence[Mapping[str, Any]]) -> None:
        await self._tx.many(text, parameters)
        self._watched.wrote(len(parameters))
