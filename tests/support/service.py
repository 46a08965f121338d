"""A whole server in this process, called through gRPC."""

import asyncio
import contextlib
import itertools
import math
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from redeem.auth.v1 import auth_service_pb2_grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.event.v1 import event_service_pb2_grpc
from redeem.exchange.v1 import exchange_service_pb2_grpc
from redeem.limit.v1 import limit_service_pb2_grpc
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import serialkey_service_pb2_grpc
from redeem.transaction.v1 import transaction_service_pb2_grpc
from redeemd import config
from redeemd.app import database, master_keys, ports
from redeemd.app.health import Health
from redeemd.app.maintenance import Maintenance
from redeemd.app.server import App
from redeemd.app.wiring import assemble
from redeemd.base import telemetry
from redeemd.base.clock import SystemClock
from redeemd.http.limits import HttpLimits
from redeemd.serialkey import tallies
from redeemd.store.sql import query

from support import lane, patient_store, postgres
from support.clock import ManualClock
from support.faults import FaultyStore
from support.lane import ON_POSTGRES
from support.shown import Telemetry
from support.world import World

Metadata = tuple[tuple[str, str], ...]
Headers = Iterable[tuple[str, str]]
Dump = dict[str, list[str]]  # the rows of each table
MESSAGE_BYTES_MAX = 21 * 1024 * 1024
MESSAGE_SECONDS = 120
TOKEN_SECONDS = 30 * 60  # they live for an hour, and a whole run on a busy machine takes longer
_numbers = itertools.count(1)


@dataclass
class Service:
    """A running server, and how to call it as its administrator or as a player."""

    app: App
    store: Any
    settings: config.Settings
    clock: Any
    channel: grpc.aio.Channel
    key: str
    faults: FaultyStore
    tokens: dict[str, str] = field(default_factory=dict)
    _logins: dict[str, float] = field(default_factory=dict)
    heard: Any = None  # its log, where a test reads it: see support.heard

    def __post_init__(self) -> None:
        self.serial_keys: Any = serialkey_service_pb2_grpc.SerialKeyServiceStub(self.channel)  # type: ignore[no-untyped-call]  # generated
        self.auth: Any = auth_service_pb2_grpc.AuthServiceStub(self.channel)  # type: ignore[no-untyped-call]  # generated
        self.events: Any = event_service_pb2_grpc.EventServiceStub(self.channel)  # type: ignore[no-untyped-call]  # generated
        self.exchanges: Any = exchange_service_pb2_grpc.ExchangeServiceStub(self.channel)  # type: ignore[no-untyped-call]  # generated
        self.limits: Any = limit_service_pb2_grpc.LimitServiceStub(self.channel)  # type: ignore[no-untyped-call]  # generated
        self.transactions: Any = transaction_service_pb2_grpc.TransactionServiceStub(self.channel)  # type: ignore[no-untyped-call]  # generated

    @property
    def port(self) -> int:
        """The number of the gRPC port."""
        return self.app.components.ports.rpc_port

    @property
    def http_port(self) -> int:
        """The number of the HTTP port."""
        return self.app.components.ports.http_port

    @property
    def telemetry(self) -> telemetry.Telemetry:
        """Metrics and log of the server."""
        return self.app.components.foundation.telemetry

    @property
    def maintenance(self) -> Maintenance:
        """The housekeeping of the server."""
        return self.app.components.maintenance

    @property
    def admin(self) -> Metadata:
        """The metadata of a call by the administrator."""
        return bearer(self.key)

    async def token(self, user_id: str, **fields: Any) -> str:
        """Log a player in; plain logins are cached."""
        if fields:
            return (await self.auth.Login(auth_pb.LoginRequest(user_id=user_id, **fields), metadata=self.admin)).token
        if user_id not in self.tokens or time.monotonic() - self._logins.get(user_id, math.inf) > TOKEN_SECONDS:
            answer = await self.auth.Login(auth_pb.LoginRequest(user_id=user_id), metadata=self.admin)
            self.tokens[user_id], self._logins[user_id] = answer.token, time.monotonic()
        return self.tokens[user_id]

    async def call(self, rpc: str, headers: Headers = (), **fields: Any) -> Any:
        """Call a SerialKey method as the administrator, by name."""
        request = getattr(pb, f"{rpc}Request")(**fields)
        return await getattr(self.serial_keys, rpc)(request, metadata=self.admin + tuple(headers))

    async def as_player(self, rpc: str, user_id: str, headers: Headers = (), **fields: Any) -> Any:
        """Call a SerialKey method with a player's token alone."""
        request = getattr(pb, f"{rpc}Request")(access_token=await self.token(user_id), **fields)
        return await getattr(self.serial_keys, rpc)(request, metadata=tuple(headers))

    async def stop_housekeeping(self) -> None:
        """Stop all background work but following the health; `self.maintenance.step()` does a step of it."""
        tasks = [task for task in self.app._tasks if "App._follow" not in repr(task.get_coro())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def http(self, method: str, url: str, **options: Any) -> "HttpAnswer":
        """Send a request to the HTTP side; return status, headers and body."""
        async with (
            aiohttp.ClientSession(auto_decompress=False, headers={"Accept-Encoding": "identity"}) as session,
            session.request(method, url, **options) as response,
        ):
            return HttpAnswer(response.status, response.headers, await response.read())

    async def dump(self) -> Dump:
        """Return all rows of all tables, by table."""
        names = query(
            "tables",
            "SELECT relname AS name FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
            if ON_POSTGRES
            else "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        )

        # As housekeeping does at some time: two dumps differ by what was done between them alone.
        while await self.store.run(tallies.fold, write=True):
            pass

        async def body(tx: Any) -> Dump:
            # What a server says of itself now and then is nobody's change.
            tables = [row["name"] for row in await tx.all(names) if row["name"] != "replica"]
            return {
                table: sorted(repr(tuple(row)) for row in await tx.all(query("dump", f"SELECT * FROM {table}")))
                for table in tables
            }

        return await self.store.run(body, write=True)

    async def world(self, *campaigns: str, **options: Any) -> "World":
        """Make a namespace of its own, with campaigns in force."""
        world = World(self, f"ns-{next(_numbers)}")
        await self.call("CreateNamespace", name=world.name)
        await world.put_in_force(*(campaigns or ("spring",)), **options)
        return world


@dataclass
class HttpAnswer:
    """A response of the HTTP side."""

    status: int
    headers: Any
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def bearer(key: str) -> Metadata:
    """Return the metadata that shows a key."""
    return (("authorization", f"Bearer {key}"),)


@contextlib.asynccontextmanager
async def running(
    folder: Path,
    *,
    clock: Any = None,
    http_limits: HttpLimits = HttpLimits(),  # noqa: B008 -- it is frozen
    **settings: Any,
) -> AsyncIterator[Service]:
    """Run a server on free ports over a data folder."""
    of_lane = "database" not in settings
    chosen = await _chosen(folder, settings)
    telemetry, health, clock = Telemetry(), Health(), clock or SystemClock()
    if not chosen.embedded and isinstance(clock, ManualClock):
        postgres.stop_clock(chosen.database.get_secret_value(), clock)
    async with ports.opened(chosen) as held, _opened(chosen, clock, telemetry, health) as opened:
        if of_lane:
            lane.USE.opened(opened.store)
        faults = FaultyStore(opened.store)
        parts: dict[str, Any] = {"clock": clock, "telemetry": telemetry, "health": health, "http_limits": http_limits}
        server = App(assemble(chosen, faults, opened.ring, held, **parts))
        await server.start()
        key = (folder / "admin.key").read_text().strip()
        options = [("grpc.max_receive_message_length", MESSAGE_BYTES_MAX)]
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{held.rpc_port}", options=options) as channel:
                yield Service(server, opened.store, chosen, clock, channel, key, faults)
        finally:
            await server.stop()


async def _chosen(folder: Path, settings: dict[str, Any]) -> config.Settings:
    """Return settings on those of the lane, with free ports, and with time for a machine that is busy."""
    defaults = {"listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0", "log": "off"}
    delays = {"guess_delay_seconds": 0, "message_timeout_seconds": MESSAGE_SECONDS}
    return config.load(**{"data": folder, **defaults, **delays, **await lane.settings(folder, settings)})


def _opened(
    chosen: config.Settings, clock: Any, telemetry: Telemetry, health: Health
) -> contextlib.AbstractAsyncContextManager[database.Opened]:
    return database.opened(
        chosen,
        clock,
        report=lambda *_: None,
        listener=database.listener(telemetry, health.store.set),
        keys_listener=master_keys.listener(telemetry, health.master_keys.set),
        open_store=patient_store.open_store,
    )


@contextlib.contextmanager
def one_server(**settings: Any) -> Iterator[tuple[Service, Callable[[Coroutine[Any, Any, Any]], Any]]]:
    """Run a server with a clock of its own for all examples of a property; yield it and what runs a coroutine."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        service = runner.run(stack.enter_async_context(running(Path(folder), clock=ManualClock(), **settings)))
        try:
            yield service, runner.run
        finally:
            runner.run(stack.aclose())


@dataclass
class Refusal:
    """The refusal of a call; filled when the `with` block ends."""

    code: Any = None
    reason: str = ""
    message: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    retry: bool = False
    retry_ms: int = 0


def store_faults(*services: Service) -> dict[str, float]:
    """Return how often the stores of servers reported faults, by the class of the error."""
    metrics = [metric for service in services for metric in service.telemetry.registry.collect()]
    samples = [sample for metric in metrics if metric.name == "redeemd_store_faults" for sample in metric.samples]
    return {sample.labels["error"]: sample.value for sample in samples if sample.name.endswith("_total")}


def read_refusal(error: grpc.aio.AioRpcError, into: Refusal | None = None) -> Refusal:
    """Read the details of an error."""
    refusal = into if into is not None else Refusal()
    refusal.code, refusal.message = error.code(), error.details() or ""
    status = rpc_status.from_call(error)
    assert status is not None, f"{error.code()} has no details: {error.details()}"
    for detail in status.details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo.FromString(detail.value)
            assert info.domain == "redeemd"
            refusal.reason, refusal.metadata = info.reason, dict(info.metadata)
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest.FromString(detail.value)
            refusal.fields = [violation.field for violation in bad.field_violations]
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            refusal.retry = True
            refusal.retry_ms = error_details_pb2.RetryInfo.FromString(detail.value).retry_delay.ToMilliseconds()
    return refusal


@contextlib.contextmanager
def refused(reason: str) -> Iterator["Refusal"]:
    """Expect a call to be refused with a reason; yields the Refusal."""
    refusal = Refusal()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        yield refusal
    read_refusal(caught.value, refusal)
    assert refusal.reason == reason, f"{refusal.reason}: {refusal.message} {refusal.fields}"
