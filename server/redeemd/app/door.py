"""Creates the doors for callers without gRPC: JSON to the methods that have paths, Connect and gRPC-Web to all."""

from collections.abc import Callable, Sequence

from aiohttp import web

from redeemd.app.services import Service
from redeemd.config import Settings
from redeemd.contract import paths
from redeemd.door import api_docs
from redeemd.door.connect.server import ConnectDoor
from redeemd.door.cross_origin import CrossOrigin
from redeemd.door.http import RestDoor, refused
from redeemd.door.routes import Routes
from redeemd.door.socket import SocketDoor
from redeemd.door.target import Target
from redeemd.http.limits import HttpLimits
from redeemd.rpc.method import Handlers


def routes(
    settings: Settings, services: Sequence[Service], handlers: Handlers, limits: HttpLimits
) -> list[web.RouteDef]:
    """Return the routes of the doors that are on. `handlers` are those of gRPC, by /package.Service/Method."""
    pages = CrossOrigin(frozenset(settings.cors_origins.split()))
    found = []
    if settings.json_door:
        found += _json_routes(settings, services, handlers, pages, limits)
    if settings.connect:
        found += ConnectDoor([service.descriptor for service in services], handlers, pages, limits).routes()
    return found


def _json_routes(
    settings: Settings, services: Sequence[Service], handlers: Handlers, pages: CrossOrigin, limits: HttpLimits
) -> list[web.RouteDef]:
    targets = [
        Target.of(method, handlers) for service in services for method in service.descriptor.methods if paths.of(method)
    ]
    rest = RestDoor(Routes(targets), pages, limits)
    described = api_docs.routes() if settings.api_docs else []
    return [*rest.routes(), *SocketDoor(targets).routes(), *described]


def refusal(settings: Settings) -> Callable[[int], web.Response] | None:
    """Return what refuses requests that reach no path, as clients of a door expect it; None if no door is on."""
    return refused if settings.json_door or settings.connect else None
