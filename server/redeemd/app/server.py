"""Starts and stops a server."""

import contextlib
import gc
import signal
from collections.abc import AsyncIterator

from redeemd.app import database, master_keys, ports, signals, tls, wiring
from redeemd.app.environment import ENVIRONMENT, Environment
from redeemd.app.health import Health, SteadyHealth
from redeemd.app.reloads import reload_of
from redeemd.app.wiring import Components
from redeemd.base import open_files
from redeemd.base.log import Report, Severity
from redeemd.base.tasks import Tasks
from redeemd.base.telemetry import Telemetry
from redeemd.config import Settings
from redeemd.config.addresses import unix_path, with_port
from redeemd.limit import zones
from redeemd.serialkey.importing import imports
from redeemd.status import imports as followed
from redeemd.status.replicas import State
from redeemd.store.base import Tx


class App:
    """A server: starts and stops its components, and reports whether it serves."""

    def __init__(self, components: Components) -> None:
        self.components = components
        self._rpc = components.ports.rpc
        self._tasks = Tasks()
        self._unhealthy: set[str] = set()  # what keeps this server from serving

    async def start(self) -> None:
        """Serve the ports. Raises a StoreError."""
        parts, foundation = self.components, self.components.foundation
        if foundation.settings.embedded:
            await foundation.store.run(_give_up_imports, write=True)  # no other process can be importing
        await parts.retention.begin()
        for server, sockets in parts.http:
            await server.start(sockets)
        await self._rpc.start()
        await self.set_serving(True)
        for work in (
            parts.maintenance.run(),
            foundation.feed.poll(),
            *foundation.handlers.workers(),
            *(each.run() for each in parts.after_scripts),
            parts.reloading.run(),
            *(self._follow(part, health) for part, health in parts.health.items()),
        ):
            self._tasks.start(work)
        foundation.webhooks.start()

    async def set_serving(self, serving: bool) -> None:
        """Set the status that health checks report."""
        self.components.probes.set_serving(serving)
        self.components.replicas.state = State.SERVING if serving else State.UNHEALTHY
        await self._rpc.set_serving(serving)

    async def _follow(self, part: str, health: SteadyHealth) -> None:
        """Report to health checks whether a part of the server is healthy, until cancelled."""
        while True:
            healthy = await health.change()
            severity = Severity.NOTICE if healthy else Severity.ERROR
            self.components.foundation.telemetry.event(part, severity, healthy=healthy)
            self._unhealthy = self._unhealthy - {part} if healthy else self._unhealthy | {part}
            await self.set_serving(not self._unhealthy)

    async def stop(self, *, drain_seconds: float = 0.0, grace_seconds: float = 1.0) -> None:
        """Shut down gracefully."""
        self.components.probes.set_serving(False)
        self.components.foundation.feed.stop()
        self._tasks.start(self.components.replicas.drain())
        await self._rpc.stop(drain_seconds=drain_seconds, grace_seconds=grace_seconds)
        await self._tasks.cancel()
        await self.components.foundation.handlers.close()
        await self.components.foundation.webhooks.close()
        await self.components.foundation.access.close()
        for server, _ in self.components.http:
            await server.stop()
        await self.components.console_work.cancel()
        await self.components.replicas.withdraw()


async def _give_up_imports(tx: Tx) -> None:
    await imports.give_up_all(tx)
    await followed.break_off_all(tx)


async def serve(
    settings: Settings,
    telemetry: Telemetry,
    *,
    report: Report,
    environment: Environment = ENVIRONMENT,
) -> None:
    """Serve until SIGTERM (drain first) or SIGINT (stop at once). Either signal also interrupts the start."""
    open_files.raise_limit()
    ending = signals.heed()
    async with contextlib.AsyncExitStack() as stack:
        starting = stack.enter_async_context(_started(settings, telemetry, environment, report=report))
        app = await signals.unless(ending, starting)
        if app is not None:
            with signals.reloading(app.components.reloading.request):
                by = await ending
            report("stopping")
            drain = settings.drain_seconds if by == signal.SIGTERM else 0.0
            await app.stop(drain_seconds=drain, grace_seconds=settings.grace_seconds)


@contextlib.asynccontextmanager
async def _started(
    settings: Settings, telemetry: Telemetry, environment: Environment, *, report: Report
) -> AsyncIterator[App]:
    """Open ports and database, in this order, and serve."""
    clock, health = environment.clock, Health()
    opening = database.opened(
        settings,
        clock,
        report=report,
        listener=database.listener(telemetry, health.store.set),
        keys_listener=master_keys.listener(telemetry, health.master_keys.set),
        open_store=environment.open_store,
    )
    async with ports.opened(settings) as held, opening as opened:
        components = wiring.assemble(
            settings,
            opened.store,
            opened.ring,
            held,
            clock=clock,
            telemetry=telemetry,
            health=health,
            reload_master_keys=reload_of(opened.master_keys, settings),
        )
        app = App(components)
        try:
            await app.start()
        except BaseException:
            await app.stop()
            raise
        tame_garbage_collector()
        _report_addresses(settings, held, report)
        yield app


def _report_addresses(settings: Settings, held: ports.Ports, report: Report) -> None:
    report(f"time zones are those of tzdata {zones.VERSION}")
    rpc = None if unix_path(settings.listen) else held.certificates
    report(f"serving gRPC on {with_port(settings.listen, held.rpc_port)} {_with_tls(rpc)}")
    if settings.http_listen:
        http = tls.context(held.certificates, settings.http_tls)
        report(f"serving HTTP on {with_port(settings.http_listen, held.http_port)} {_with_tls(http)}")
    if settings.admin_listen:
        admin = tls.context(held.certificates, settings.admin_tls)
        report(f"serving HTTP for operators on {with_port(settings.admin_listen, held.admin_port)} {_with_tls(admin)}")


def _with_tls(certificates: object | None) -> str:
    return "without TLS" if certificates is None else "with TLS"


def tame_garbage_collector() -> None:
    """Keep the garbage collector from traversing again and again the objects created at start-up.

    Measured: 5 to 12 % of the CPU of a Use.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)  # its pause grows with the number of tracked objects
