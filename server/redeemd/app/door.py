"""Creates the JSON door to the methods that have paths."""

from collections.abc import Callable, Sequence

from aiohttp import web

from redeemd.app.services import Service
from redeemd.config import Settings
from redeemd.contract import paths
from redeemd.door import api_docs
from redeemd.door.http import RestDoor, refused
from redeemd.door.routes import Routes
from redeemd.door.socket import SocketDoor
from redeemd.door.target import Target
from redeemd.http.limits import HttpLimits
from redeemd.rpc.method import Handlers


def routes(
    settings: Settings, services: Sequence[Service], handlers: Handlers, limits: HttpLimits
) -> list[web.RouteDef]:
    """Return the routes of the door; none if it is off. `handlers` are those of gRPC, by /package.Service/Method."""
    if not settings.json_door:
        return []
    targets = [
        Target.of(method, handlers) for service in services for method in service.descriptor.methods if paths.of(method)
    ]
    rest = RestDoor(Routes(targets), frozenset(settings.cors_origins.split()), limits)
    described = api_docs.routes() if settings.api_docs else []
    return [*rest.routes(), *SocketDoor(targets).routes(), *described]


def refusal(settings: Settings) -> Callable[[int], web.Response] | None:
    """Return what refuses requests that reach no path, as clients of the door expect it; None if the door is off."""
    return refused if settings.json_door else None
