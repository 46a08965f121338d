"""Creates the console, where it is switched on."""

from collections.abc import Sequence

from aiohttp import web

from redeemd.app.foundation import Foundation
from redeemd.app.previews import Previews
from redeemd.app.services import Service
from redeemd.auth.roles import allowed
from redeemd.http.limits import HttpLimits
from redeemd.rpc.method import Handlers


def routes(
    foundation: Foundation, services: Sequence[Service], handlers: Handlers, limits: HttpLimits, *, tls: bool
) -> list[web.RouteDef]:
    """Return the routes of the console; none if it is off. `handlers` are those of gRPC. `tls`: its port has TLS."""
    settings = foundation.settings
    if not settings.console:
        return []
    from redeemd.app import code_file  # noqa: PLC0415 -- same
    from redeemd.console import creation  # noqa: PLC0415 -- an extra, and nothing of it is needed without it

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
    )
