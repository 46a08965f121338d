"""Creates the console of a server."""

import random
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web
from google.protobuf.descriptor import ServiceDescriptor

from redeemd.base.clock import Clock
from redeemd.base.tarpit import Tarpit
from redeemd.base.tasks import Tasks
from redeemd.base.telemetry import Telemetry
from redeemd.config.openid import OpenIdClient
from redeemd.console.application import Console
from redeemd.console.assets import Assets
from redeemd.console.calls import Methods
from redeemd.console.code_file import ReadCodes
from redeemd.console.cookies import Cookies
from redeemd.console.identity import Allowed, Identities
from redeemd.console.imports import Imports
from redeemd.console.login import Login
from redeemd.console.openid.attempts import Attempts
from redeemd.console.openid.flow import OpenId, Verify
from redeemd.console.openid.provider import Provider
from redeemd.console.pages import PAGES
from redeemd.console.rendering import Renderer
from redeemd.console.session import Sessions
from redeemd.console.visit import Previews, Tools
from redeemd.crypto.keyring import KeyRing
from redeemd.http.limits import HttpLimits
from redeemd.printing.apart import Printer
from redeemd.rpc.method import Handlers
from redeemd.rpc.ports import AccessControl
from redeemd.status.imports import FollowedImports
from redeemd.status.replicas import Replicas

_LOGINS_WAITING_MAX = 64


def routes(
    services: Iterable[ServiceDescriptor],
    handlers: Handlers,
    *,
    access: AccessControl,
    allowed: Allowed,
    clock: Clock,
    ring: KeyRing,
    limits: HttpLimits,
    open_to_all: bool,
    secure: bool,
    guess_delay_seconds: float,
    read_codes: ReadCodes,
    previews: Previews,
    followed: FollowedImports,
    replicas: Replicas,
    tasks: Tasks,
    telemetry: Telemetry,
    client: OpenIdClient | None,
    verify: Verify,
) -> list[web.RouteDef]:
    """Return the routes of the console over the methods of some services; `handlers` are those of gRPC.

    `open_to_all`: the server runs with --auth off. `secure`: browsers use TLS. `guess_delay_seconds` is the average
    delay of a refused log-in. `read_codes` reads files of codes, and `previews` computes what models do. `tasks` are
    cancelled when the server stops. `client` logs people in at an identity provider, and `verify` verifies its tokens.
    """
    methods, assets = Methods(services, handlers), Assets()
    renderer = Renderer(assets.url)
    cookies = Cookies(ring, Sessions(ring), clock.now_ms, secure=secure)
    tarpit = Tarpit(guess_delay_seconds, waiting_max=_LOGINS_WAITING_MAX, draw=random.random)
    host = "" if client is None else urlsplit(client.issuer).netloc
    login = Login(methods, cookies, renderer, tarpit, open_to_all, host)
    openid = None
    if client is not None:
        attempts = Attempts(ring, clock.now_ms, secure=secure)
        openid = OpenId(client, Provider(client, clock.now_ms), attempts, verify, login, telemetry)
    console = Console(
        tools=Tools(
            methods,
            Identities(access, methods, clock, allowed),
            renderer,
            clock.now_ms,
            read_codes,
            Imports(followed, methods, tasks, telemetry),
            Printer(),
            replicas,
            previews,
        ),
        cookies=cookies,
        login=login,
        openid=openid,
        assets=assets,
        limits=limits,
    )
    return console.routes(PAGES)
