"""Assembles the server. Only this module knows all components."""

import asyncio
import contextlib
import gc
import random
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence

from google.protobuf.descriptor import ServiceDescriptor
from redeem.auth.v1 import auth_service_pb2
from redeem.event.v1 import event_service_pb2
from redeem.exchange.v1 import exchange_service_pb2
from redeem.limit.v1 import limit_service_pb2
from redeem.serialkey.v1 import serialkey_service_pb2

from redeemd.app import database, maintenance, ports, signals
from redeemd.app.health import Steady
from redeemd.app.maintenance import Maintenance
from redeemd.auth.authorize import Authorizer
from redeemd.auth.servicer import AuthServicer
from redeemd.auth.tokens import Tokens
from redeemd.base import open_files
from redeemd.base.clock import Clock, SystemClock
from redeemd.base.telemetry import Telemetry
from redeemd.config import Settings, split_address
from redeemd.crypto.keyring import KeyRing
from redeemd.crypto.sealing import Box
from redeemd.event.feed import Feed
from redeemd.event.recorder import Events
from redeemd.event.retention import Retention
from redeemd.event.servicer import EventServicer
from redeemd.exchange import actions as exchange_actions
from redeemd.exchange import definition as exchange_definition
from redeemd.exchange.awaits import Awaits
from redeemd.exchange.servicer import ExchangeServicer
from redeemd.exchange.user_data import PlayersAwaits
from redeemd.handlers.runtime import HandlerRuntime
from redeemd.http import uploads
from redeemd.http.files import Files
from redeemd.http.limits import HttpLimits
from redeemd.http.links import Links
from redeemd.http.server import HttpServer
from redeemd.idempotency.idempotency import Idempotency
from redeemd.limit import actions as limit_actions
from redeemd.limit import definition as limit_definition
from redeemd.limit import zones
from redeemd.limit.servicer import LimitServicer
from redeemd.limit.user_data import Counters
from redeemd.resources.common import COMMON_TABLES, SharedServices
from redeemd.resources.github import GitHub
from redeemd.resources.master_data import MasterData
from redeemd.resources.masters import Masters
from redeemd.resources.namespaces import Namespaces
from redeemd.resources.paging import Pager
from redeemd.resources.resource import Grns
from redeemd.resources.user_data import UserData
from redeemd.resources.user_data_jobs import UserDataJobs
from redeemd.rpc.bind import bind
from redeemd.rpc.limiter import Limiter
from redeemd.rpc.runtime import Runtime
from redeemd.serialkey import actions as serialkey_actions
from redeemd.serialkey import definition as serialkey_definition
from redeemd.serialkey import download
from redeemd.serialkey.codec.codecs import Codecs
from redeemd.serialkey.events import Codes
from redeemd.serialkey.guessing import budget
from redeemd.serialkey.guessing.attacks import Attacks
from redeemd.serialkey.guessing.guesses import RESERVING_MAX, Guesses
from redeemd.serialkey.guessing.tarpit import Tarpit
from redeemd.serialkey.importing import importer
from redeemd.serialkey.servicer import SerialKeyServicer
from redeemd.serialkey.user_data import UsedCodes
from redeemd.store.base import Store
from redeemd.transaction import actions as transaction_actions
from redeemd.transaction.parser import ActionParser
from redeemd.transaction.registry import ActionDefinition, Registry
from redeemd.transaction.results import Results
from redeemd.transaction.runner import Runner
from redeemd.transaction.servicer import SERVICE as TRANSACTION_SERVICE
from redeemd.transaction.servicer import TransactionServicer
from redeemd.transaction.sheets import Sheets
from redeemd.transaction.signed import SheetRunner


class App:
    """A complete server."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        ring: KeyRing,
        *,
        clock: Clock,
        telemetry: Telemetry,
        opened: ports.Ports | None = None,
        http_limits: HttpLimits = HttpLimits(),  # noqa: B008 -- it is frozen
    ) -> None:
        """`opened` are the ports to serve; without them, `start` opens those of the settings."""
        self.settings = settings
        self.telemetry = telemetry
        self.port = 0
        self.http_port = 0
        self._clock = clock
        self._store = store
        self._ring = ring
        self._checkout = GitHub(settings.github_url, settings.read_github_keys())
        self._links = Links(ring)
        self._uploads = uploads.Uploads(store, ring, self._links)
        self._files = Files(self._links, self._uploads, clock, telemetry, http_limits)
        self.maintenance = Maintenance(telemetry)
        self._feed = Feed(store)
        self.events = Events(kept=settings.event_retention_seconds > 0, wake=self._feed.wake)
        self._retention = Retention(store, clock, seconds=settings.event_retention_seconds)
        self._codecs = Codecs(ring)
        tokens = Tokens(ring)
        self.authorizer = Authorizer(store, tokens, enabled=settings.auth == "on", time_offsets=settings.time_offsets)
        self._pager = Pager(ring.child(ring.oldest, "page/v1"))
        idempotency = Idempotency(ring)
        self._handlers = HandlerRuntime(
            settings.read_action_handlers(),
            store=store,
            ring=ring,
            clock=clock,
            telemetry=telemetry,
            events=self.events,
            idempotency=idempotency,
        )
        runtime = Runtime(
            store=store,
            access=self.authorizer,
            idempotency=idempotency,
            clock=clock,
            telemetry=telemetry,
            limiter=Limiter(settings.calls_max, message_timeout_seconds=settings.message_timeout_seconds),
            around_transactions=(self._handlers.rules.around_transaction,),
            around_bodies=(self.events.writer, self.events.recorder, self._handlers.rules.around_body),
        )
        services = {
            service.full_name: bind(service, servicer, runtime)
            for service, servicer in self._servicers(idempotency).items()
        }
        self._ports = opened or ports.Ports(settings)
        self._rpc = self._ports.rpc
        self._rpc.add(services, runtime)
        self._http = HttpServer(telemetry, self._files, http_limits, open_to_all=settings.auth == "off")
        self._add_chores()
        self._tasks: set[asyncio.Task[None]] = set()
        self._health = Steady(self._store_is)
        telemetry.gauge("redeemd_calls_in_flight", "Calls in progress.", lambda: runtime.limiter.calls)
        telemetry.gauge("redeemd_event_watchers", "Open event streams.", lambda: self._feed.watchers)

    def _servicers(self, idempotency: Idempotency) -> dict[ServiceDescriptor, object]:
        """Create the servicers and add their actions to one registry."""
        registry = Registry((self.events.recorder,))
        results = Results(idempotency, region=self.settings.region, owner_id=self.settings.owner_id)
        requests = ActionParser(registry, self._handlers.actions)
        sheets = Sheets(self._ring, region=self.settings.region, owner_id=self.settings.owner_id)
        runner = Runner(requests, results, self._handlers.deliveries, self.authorizer.time_offset, sheets)
        signed = SheetRunner(runner, idempotency, sheets)
        servicers: dict[ServiceDescriptor, object] = {
            auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"]: AuthServicer(
                self.authorizer, self._pager, owner_id=self.settings.owner_id
            ),
            event_service_pb2.DESCRIPTOR.services_by_name["EventService"]: EventServicer(
                self._feed,
                self._ring.child(self._ring.oldest, "event/v1"),
                Codes(self._codecs).show,
                kept=self.events.kept,
            ),
        }
        acting: list[tuple[ServiceDescriptor, object, Sequence[ActionDefinition]]] = [
            (
                serialkey_service_pb2.DESCRIPTOR.services_by_name["SerialKeyService"],
                self._serial_keys(signed),
                serialkey_actions.ACTIONS,
            ),
            (
                limit_service_pb2.DESCRIPTOR.services_by_name["LimitService"],
                self._limits(signed),
                limit_actions.ACTIONS,
            ),
            (
                exchange_service_pb2.DESCRIPTOR.services_by_name["ExchangeService"],
                self._exchanges(runner, signed),
                exchange_actions.ACTIONS,
            ),
        ]
        others = servicers | {service: servicer for service, servicer, _ in acting}
        transactions = TransactionServicer(idempotency, others, runner, signed, self._pager)
        acting.append((TRANSACTION_SERVICE, transactions, transaction_actions.ACTIONS))
        for service, servicer, actions in acting:
            registry.add(service, servicer, actions)
            servicers[service] = servicer
        return servicers

    def _parts(self, service: str, master: MasterData, kinds: Callable[[Grns], Sequence[UserData]]) -> SharedServices:
        """Create the generic components of a documented service, and add the chores and downloads of its user data."""
        namespaces = Namespaces(self._store, service)
        grns = Grns(self.settings.region, self.settings.owner_id, service)
        masters = Masters(master, namespaces=namespaces, grns=grns, uploads=self._uploads, checkout=self._checkout)
        user_data = UserDataJobs(
            kinds(grns),
            store=self._store,
            ring=self._ring,
            namespaces=namespaces,
            uploads=self._uploads,
            links=self._links,
            clock=self._clock,
            wake=self.maintenance.wake,
        )
        self.maintenance.add(user_data.work, user_data.forget)
        self._files.downloads |= {
            user_data.dump_purpose: user_data.open_dump,
            user_data.report_purpose: user_data.open_report,
        }
        return SharedServices(namespaces=namespaces, grns=grns, pager=self._pager, masters=masters, user_data=user_data)

    def _serial_keys(self, signed: SheetRunner) -> SerialKeyServicer:
        codecs = self._codecs
        parts = self._parts(
            serialkey_definition.SERVICE, serialkey_definition.MASTER_DATA, lambda grns: [UsedCodes(codecs, grns)]
        )
        self._files.downloads[download.PURPOSE] = download.Downloads(self._store, codecs).open
        attacks = Attacks(self._store, self._clock, self.telemetry, self.events, wake=self.maintenance.wake)
        self.maintenance.add(attacks.report)
        tarpit = Tarpit(
            self.settings.guess_delay_seconds, waiting_max=self.settings.calls_max // 10, draw=random.random
        )
        guesses = Guesses(self._store, self._clock, attacks, tarpit, asyncio.Semaphore(RESERVING_MAX))
        return SerialKeyServicer(
            self._store, codecs, parts, signed, links=self._links, clock=self._clock, guesses=guesses
        )

    def _limits(self, signed: SheetRunner) -> LimitServicer:
        parts = self._parts(limit_definition.SERVICE, limit_definition.MASTER_DATA, lambda _grns: [Counters()])
        return LimitServicer(parts, signed)

    def _exchanges(self, runner: Runner, signed: SheetRunner) -> ExchangeServicer:
        kinds = exchange_definition.RateKinds.checking(runner.requests.problems, runner.requests.has_quantity)
        awaits = Awaits(Box(self._ring, "await/v1"))
        parts = self._parts(exchange_definition.SERVICE, kinds.master_data, lambda _grns: [PlayersAwaits(awaits)])
        return ExchangeServicer(parts, kinds, awaits, runner, signed)

    def _add_chores(self) -> None:
        store, now = self._store, self._clock.now_ms
        self.maintenance.add(
            maintenance.forget_answers(store, self._clock),
            self._retention.step,
            maintenance.purge_namespaces(
                store,
                self._clock,
                {
                    **serialkey_definition.SPEC.tables,
                    **limit_definition.SPEC.tables,
                    **exchange_definition.SPEC.tables,
                    **COMMON_TABLES,
                },
            ),
            maintenance.in_transaction(store, lambda tx: uploads.purge(tx, now=now())),
            maintenance.in_transaction(store, lambda tx: budget.forget(tx, now=now())),
            self._handlers.forget,
            self._handlers.count,
            maintenance.in_transaction(store, lambda tx: importer.remove_given_up(tx, now=now())),
        )

    async def start(self) -> None:
        """Open the ports and serve. Raises OSError if a port cannot be opened, or a StoreError."""
        if self.settings.embedded:
            await self._store.run(importer.give_up_all, write=True)  # no other process can be importing
        await self._retention.begin()
        self._ports.open()
        self.port = self._ports.rpc_port
        if self._ports.http:
            self.http_port = self._ports.http[0].getsockname()[1]
            await self._http.start(self._ports.http)
        self._links.public_url = self.settings.public_url or self._own_url()
        await self._rpc.start()
        self._spawn(self.maintenance.run())
        self._spawn(self._feed.poll())
        for worker in self._handlers.workers():
            self._spawn(worker)
        await self.set_serving(True)

    def _own_url(self) -> str:
        """Return the URL of the HTTP server on this machine, or "" if there is none."""
        parts = split_address(self.settings.http_listen)
        if parts is None:
            return ""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(parts[0], parts[0])  # noqa: S104 -- not listened on
        return f"http://[{host}]:{self.http_port}" if ":" in host else f"http://{host}:{self.http_port}"

    async def set_serving(self, serving: bool) -> None:
        """Set the status that health checks report."""
        self._http.serving = serving
        await self._rpc.set_serving(serving)

    def store_health(self, healthy: bool) -> None:
        """Record whether the database can be reached; health checks report changes that last."""
        self._health.set(healthy)

    def _store_is(self, healthy: bool) -> None:
        self.telemetry.event("store", healthy=healthy)
        self._spawn(self.set_serving(healthy))

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self, *, drain_seconds: float = 0.0, grace_seconds: float = 1.0) -> None:
        """Shut down gracefully."""
        self._http.serving = False
        self._feed.stop()
        await self._rpc.stop(drain_seconds=drain_seconds, grace_seconds=grace_seconds)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._handlers.close()
        await self._http.stop()


async def serve(settings: Settings, telemetry: Telemetry, *, report: Callable[[str], None]) -> None:
    """Serve until SIGTERM (drain first) or SIGINT (stop at once). Either signal also interrupts the start."""
    open_files.raise_limit()
    ending = signals.heed()
    async with contextlib.AsyncExitStack() as stack:
        app = await signals.unless(ending, stack.enter_async_context(_started(settings, telemetry, report=report)))
        if app is not None:
            by = await ending
            report("stopping")
            drain = settings.drain_seconds if by == signal.SIGTERM else 0.0
            await app.stop(drain_seconds=drain, grace_seconds=settings.grace_seconds)


@contextlib.asynccontextmanager
async def _started(settings: Settings, telemetry: Telemetry, *, report: Callable[[str], None]) -> AsyncIterator[App]:
    """Open ports and database, in this order, and serve."""
    clock = SystemClock()
    async with ports.opened(settings) as held, database.opened(settings, telemetry, clock, report=report) as opened:
        app = App(settings, opened.store, opened.ring, clock=clock, telemetry=telemetry, opened=held)
        opened.store.on_health(app.store_health)
        telemetry.gauge("redeemd_store_waiting", "Transactions waiting for the writer.", lambda: opened.store.waiting)
        try:
            await app.start()
        except BaseException:
            await app.stop()
            raise
        _tame_garbage_collector()
        report(f"time zones are those of tzdata {zones.source().version} ({zones.source().origin})")
        report(f"serving gRPC on {settings.listen.rpartition(':')[0]}:{app.port}")
        if settings.http_listen:
            report(f"serving HTTP on {settings.http_listen.rpartition(':')[0]}:{app.http_port}")
        yield app


def _tame_garbage_collector() -> None:
    """Keep the garbage collector from traversing again and again the objects created at start-up.

    Measured: 5 to 12 % of the CPU of a Use.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)  # its pause grows with the number of tracked objects
