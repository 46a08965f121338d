"""Creates the console, where it is switched on."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from redeemd.app.foundation import Foundation
from redeemd.app.previews import Previews
from redeemd.app.services import Service
from redeemd.auth.roles import allowed
from redeemd.base.tasks import Tasks
from redeemd.http.limits import HttpLimits
from redeemd.resources.namespaces import Namespaces
from redeemd.rpc.method import Handlers
from redeemd.serialkey import definition as serialkey_definition
from redeemd.status.imports import FollowedImports, NamespaceId
from redeemd.status.replicas import Replicas
from redeemd.store.base import Store


def routes(
    foundation: Foundation,
    services: Sequence[Service],
    handlers: Handlers,
    limits: HttpLimits,
    *,
    tasks: Tasks,
    replicas: Replicas,
    tls: bool,
) -> list[web.RouteDef]:
    """Return the routes of the console; none if it is off. `handlers` are those of gRPC.

    `tasks` are those that go on without a request; `tls`: its port has TLS.
    """
    settings = foundation.settings
    if not settings.console:
        return []
    from redeemd.app import code_file  # noqa: PLC0415 -- same
    from redeemd.console import creation  # noqa: PLC0415 -- an extra, and nothing of it is needed without it

    client = settings.read_console_client()

    async def verify(token: str) -> tuple[Mapping[str, object], int]:
        assert client is not None, "nobody else asks"
        return await foundation.access.claims(client.issuer, token, now=foundation.clock.now_ms())

    return creation.routes(
        [service.descriptor for service in services],
        handlers,
        access=foundation.access,
        allowed=allowed,
        clock=foundation.clock,
        ring=foundation.ring,
        limits=limits,
        open_to_all=settings.auth == "off",
        secure=tls or settings.console_url.startswith("https:"),
        guess_delay_seconds=settings.guess_delay_seconds,
        read_codes=code_file.read,
        previews=Previews(foundation),
        followed=FollowedImports(
            foundation.store, foundation.clock, foundation.ring, _ids_of_namespaces(foundation.store)
        ),
        replicas=replicas,
        tasks=tasks,
        telemetry=foundation.telemetry,
        client=client,
        verify=verify,
    )


def _ids_of_namespaces(store: Store) -> NamespaceId:
    namespaces = Namespaces(store, serialkey_definition.SERVICE)

    async def namespace_id(name: str) -> int:
        namespaces.forget(name)  # it may have been made anew
        return (await namespaces.find(name)).namespace_id

    return namespace_id
