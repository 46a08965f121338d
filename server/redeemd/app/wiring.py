"""Assembles the components of a server. Each is complete when it has been constructed."""

import functools
import platform
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata

from aiohttp import web

from redeemd import __version__
from redeemd.app import after_scripts, console, door, replica, tls
from redeemd.app import foundation as foundations
from redeemd.app import services as all_services
from redeemd.app.foundation import Foundation
from redeemd.app.health import Health
from redeemd.app.maintenance import Chore, Maintenance, in_transaction, purge_replies
from redeemd.app.ports import Ports
from redeemd.app.purging import NamespacePurge
from redeemd.app.reloading import Refresh, Reload, Reloading
from redeemd.app.reloads import reloads
from redeemd.app.services import Service
from redeemd.base.clock import Clock
from redeemd.base.tasks import Tasks
from redeemd.base.telemetry import Telemetry
from redeemd.config import Settings
from redeemd.crypto.keyring import KeyRing
from redeemd.event.retention import Retention
from redeemd.event.sets import recorder_of_sets
from redeemd.handlers.dispatcher import Dispatcher
from redeemd.http import uploads
from redeemd.http.files import Files
from redeemd.http.limits import HttpLimits
from redeemd.http.probes import Probes
from redeemd.http.server import HttpServer
from redeemd.limit import zones
from redeemd.resources.common import COMMON_TABLES
from redeemd.rpc.bind import bind
from redeemd.rpc.limiter import Limiter
from redeemd.rpc.method import Handlers
from redeemd.rpc.runtime import RequestIds, Runtime
from redeemd.status import imports as followed
from redeemd.status.replicas import Replicas
from redeemd.store.base import Store

ADMIN_CONNECTIONS_MAX = 32  # of scrapers and health checks
CONSOLE_CONNECTIONS_MAX = 256  # of browsers as well, each of which has several


@dataclass(frozen=True, slots=True)
class Components:
    """A complete server, not started. `console_work` are the tasks of the console that go on without a request."""

    console_work: Tasks
    foundation: Foundation
    health: Health
    http: list[tuple[HttpServer, list[socket.socket]]]
    after_scripts: list[Dispatcher]
    maintenance: Maintenance
    ports: Ports
    probes: Probes
    replicas: Replicas
    reloading: Reloading
    retention: Retention


def assemble(
    settings: Settings,
    store: Store,
    ring: KeyRing,
    ports: Ports,
    *,
    clock: Clock,
    telemetry: Telemetry,
    health: Health,
    reload_master_keys: Reload | None = None,
    http_limits: HttpLimits = HttpLimits(),  # noqa: B008 -- it is frozen
) -> Components:
    """Create all components, and add the services to the gRPC server of `ports`.

    `health` is that of `store` and of `ring`; `reload_master_keys` reads the file of `ring` again.
    """
    foundation = foundations.lay(settings, store, ring, ports, clock=clock, telemetry=telemetry)
    created, probes = all_services.create(foundation), Probes(telemetry)
    services, runtime = created.all, _runtime(foundation, ports)
    retention = Retention(store, clock, seconds=settings.event_retention_seconds)
    methods = _add_methods(services, ports, runtime)
    telemetry.gauge("redeemd_event_watchers", "Open event streams.", lambda: foundation.feed.watchers)
    _measure_store(telemetry, store, settings)
    public = [*_files(foundation, services, http_limits), *door.routes(settings, services, methods, http_limits)]
    with_tls = tls.context(ports.certificates, settings.admin_tls) is not None
    work, servers = Tasks(), replica.replicas(foundation, ports)
    pages = console.routes(foundation, services, methods, http_limits, tasks=work, replicas=servers, tls=with_tls)
    return Components(
        console_work=work,
        foundation=foundation,
        health=health,
        http=_http(foundation, ports, public, [*probes.routes(), *pages], http_limits),
        after_scripts=after_scripts.dispatchers(foundation, created, runtime),
        maintenance=Maintenance(
            [*_chores(foundation, services, retention), servers.step], telemetry, foundation.chores_due
        ),
        ports=ports,
        probes=probes,
        replicas=servers,
        reloading=_reloading(foundation, ports, reload_master_keys),
        retention=retention,
    )


def _measure_store(telemetry: Telemetry, store: Store, settings: Settings) -> None:
    telemetry.gauge("redeemd_store_waiting", "Transactions waiting for the writer.", lambda: store.waiting)
    for measure in store.measures:
        telemetry.gauge(*measure)
    telemetry.info(
        "redeemd_build_info",
        "The versions of this server.",
        version=__version__,
        python=platform.python_version(),
        grpcio=metadata.version("grpcio"),
        tzdata=zones.VERSION,
        store="sqlite" if settings.embedded else "postgresql",
    )


def _runtime(foundation: Foundation, ports: Ports) -> Runtime:
    settings, events, rules = foundation.settings, foundation.events, foundation.handlers.rules
    limiter = Limiter(settings.calls_max, message_timeout_seconds=settings.message_timeout_seconds)
    foundation.telemetry.gauge("redeemd_calls_in_flight", "Calls in progress.", lambda: limiter.calls)
    return Runtime(
        store=foundation.store,
        access=foundation.access,
        idempotency=foundation.idempotency,
        clock=foundation.clock,
        telemetry=foundation.telemetry,
        limiter=limiter,
        request_ids=RequestIds(),
        around_transactions=(rules.around_transaction,),
        around_bodies=(events.writer, events.recorder, rules.around_body),
        recorder_of_sets=functools.partial(recorder_of_sets, events),
        stopping=ports.rpc.stopping,
    )


def _add_methods(services: Sequence[Service], ports: Ports, runtime: Runtime) -> Handlers:
    """Add the services to the gRPC server; return the handlers of all methods."""
    methods = {each.descriptor.full_name: bind(each.descriptor, each.servicer, runtime) for each in services}
    ports.rpc.add(methods, runtime)
    return {path: handler for handlers in methods.values() for path, handler in handlers.items()}


def _files(foundation: Foundation, services: Sequence[Service], limits: HttpLimits) -> list[web.RouteDef]:
    """Return the routes of signed URLs."""
    downloads = {purpose: opener for service in services for purpose, opener in service.downloads.items()}
    clock, telemetry = foundation.clock, foundation.telemetry
    files = Files(foundation.links, foundation.uploads, downloads, clock=clock, telemetry=telemetry, limits=limits)
    return files.routes()


def _http(
    foundation: Foundation,
    ports: Ports,
    routes: Sequence[web.RouteDef],
    operators: Sequence[web.RouteDef],
    limits: HttpLimits,
) -> list[tuple[HttpServer, list[socket.socket]]]:
    """Return the HTTP servers and their listening sockets: the public one and that for operators, if there are such."""
    settings, telemetry = foundation.settings, foundation.telemetry
    public = [*routes, *([] if settings.admin_listen else operators)]
    admin_connections_max = CONSOLE_CONNECTIONS_MAX if settings.console else ADMIN_CONNECTIONS_MAX
    found = [
        (
            HttpServer(
                served,
                replace(limits, connections_max=min(limits.connections_max, connections_max)),
                telemetry.defect,
                open_to_all=settings.auth == "off",
                refusal=door.refusal(settings),
                tls=tls.context(ports.certificates, mode),
            ),
            sockets,
        )
        for served, mode, sockets, connections_max in (
            (public, settings.http_tls, ports.http, limits.connections_max),
            (operators, settings.admin_tls, ports.admin, admin_connections_max),
        )
        if sockets
    ]
    telemetry.gauge(
        "redeemd_http_connections",
        "HTTP connections that are open.",
        lambda: sum(server.connections for server, _ in found),
    )
    return found


def _reloading(foundation: Foundation, ports: Ports, master_keys: Reload | None) -> Reloading:
    own: dict[str, Refresh] = {}
    certificates = ports.certificates
    if certificates is not None:
        own[certificates.source] = certificates.refresh
        foundation.telemetry.gauge(
            "redeemd_certificate_expiry_timestamp_seconds",
            "When the certificate of the server expires, Unix seconds.",
            lambda: certificates.current.expires_at,
        )
    on_request = reloads(foundation)
    if master_keys is not None:
        on_request["master_key_file"] = master_keys
    return Reloading(
        own | foundation.handlers.refreshes | foundation.webhooks.refreshes, foundation.telemetry, on_request
    )


def _chores(foundation: Foundation, services: Sequence[Service], retention: Retention) -> list[Chore]:
    """Return the housekeeping of the services, followed by that which concerns all of them."""
    store, clock, handlers = foundation.store, foundation.clock, foundation.handlers
    tables = COMMON_TABLES | {table: key for service in services for table, key in service.tables.items()}
    return [
        *(chore for service in services for chore in service.chores),
        purge_replies(store, clock),
        retention.step,
        NamespacePurge(store, clock, tables).step,
        in_transaction(store, lambda tx: uploads.purge(tx, now=clock.now_ms())),
        in_transaction(store, lambda tx: followed.forget_old(tx, now=clock.now_ms())),
        handlers.forget,
        handlers.count,
        foundation.webhooks.forget,
        foundation.webhooks.count,
    ]
