"""An identity provider that speaks OpenID Connect, and does it wrongly on request; and the console as its client.

It is strict where the specifications are: a code is good once, for its client, its redirect URI and its PKCE verifier.
"""

import asyncio
import base64
import contextlib
import hashlib
import html
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from aiohttp import web

from support.console import Person, Shown, console, person
from support.identity_provider import IdentityProvider, serving
from support.programs import free_port
from support.service import Service

CLIENT_ID = "redeemd-console"
API = "redeemd-api"  # another audience whose tokens the server accepts
SECRET = "a secret: with + and %"
ROLES = {"ops": {"role": "admin"}, "shop": {"role": "server", "namespaces": ["shop"]}, "players": {"role": "client"}}
_PAGE = """<!doctype html><html lang="en"><title>Provider</title><main><h1>Studio</h1>
<form method="post"><button name="answer" value="yes">Sign in</button>
<button name="answer" value="no">Cancel</button></form></main>"""


class OpenIdProvider(IdentityProvider):
    """A provider at which a person signs in with a button.

    metadata  members of what it says of itself that differ; None leaves one out
    claims    those of the next tokens that differ; None leaves one out
    response  parameters of its next responses that differ; None leaves one out
    tokens    (status, body) of the token endpoint, instead of the right ones
    """

    host = "localhost"  # for browsers, another site than the console at 127.0.0.1

    def __init__(self) -> None:
        super().__init__()
        self.be_right()

    def be_right(self) -> None:
        """Do everything right from now on, and forget what was."""
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.response: dict[str, str | None] = {}
        self.tokens: tuple[int, bytes] | None = None
        self.secret: str | None = SECRET
        self.asked: list[dict[str, str]] = []  # the authorization requests
        self.exchanged: list[dict[str, str]] = []  # the token requests
        self.left: list[dict[str, str]] = []  # the requests to log out
        self.pause: asyncio.Event | None = None  # what the description of itself waits for
        self._codes: dict[str, dict[str, str]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        return [
            *super().routes(),
            web.get("/.well-known/openid-configuration", self._describe),
            web.get("/authorize", self._ask),
            web.post("/authorize", self._answer),
            web.post("/token", self._exchange),
            web.post("/logout", self._leave),
        ]

    async def _describe(self, _request: web.Request) -> web.Response:
        if self.pause is not None:
            await self.pause.wait()
        usual = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.url}/authorize?tenant=studio",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "end_session_endpoint": f"{self.url}/logout",
            "authorization_response_iss_parameter_supported": True,
        }
        return web.json_response({name: value for name, value in (usual | self.metadata).items() if value is not None})

    async def _ask(self, _request: web.Request) -> web.Response:
        return web.Response(text=_PAGE, content_type="text/html")

    async def _answer(self, request: web.Request) -> web.Response:
        answer = (await request.post())["answer"]
        return web.Response(status=302, headers={"Location": self.answer(dict(request.query), str(answer))})

    def answer(self, asked: dict[str, str], answer: str = "yes") -> str:
        """Return the URL to which a browser is sent back after an authorization request."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        outcome = {"code": code} if answer == "yes" else {"error": "access_denied"}
        fields = outcome | {"state": asked["state"], "iss": self.issuer} | self.response
        query = urlencode({name: value for name, value in fields.items() if value is not None})
        return f"{asked['redirect_uri']}?{query}"

    async def _exchange(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        self.exchanged.append(fields)
        if self.tokens is not None:
            return web.Response(status=self.tokens[0], body=self.tokens[1], content_type="application/json")
        if not self._knows(request, fields):
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self._codes.pop(fields["code"], None)
        digest = hashlib.sha256(fields["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        right = {"redirect_uri": fields["redirect_uri"], "code_challenge": challenge}
        if asked is None or fields["grant_type"] != "authorization_code" or not right.items() <= asked.items():
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = {"aud": CLIENT_ID, "nonce": asked["nonce"], "groups": ["ops"]} | self.claims
        return web.json_response({"id_token": self.token(**claims), "access_token": "opaque", "token_type": "Bearer"})

    def _knows(self, request: web.Request, fields: dict[str, str]) -> bool:
        """Return whether the client authenticated itself in the way that the metadata asks for."""
        if self.secret is None:
            return fields.get("client_id") == CLIENT_ID and "Authorization" not in request.headers
        if self.metadata.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            return (fields.get("client_id"), fields.get("client_secret")) == (CLIENT_ID, self.secret)
        pair = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        return tuple(map(unquote_plus, pair.split(":"))) == (CLIENT_ID, self.secret)

    async def _leave(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        self.left.append(fields)
        return web.Response(status=302, headers={"Location": fields["post_logout_redirect_uri"]})

    def client(self, folder: Path, **others: Any) -> dict[str, Any]:
        """Return the settings of a server whose console is its client, at a port that is free."""
        secret_file = None
        if self.secret is not None:
            secret_file = folder / "client.secret"
            secret_file.write_text(f"{self.secret}\n")
        address = f"127.0.0.1:{free_port()}"
        return {
            "identities": self.file(folder, audiences=[CLIENT_ID, API], roles=ROLES),
            "console_issuer": self.issuer,
            "console_client_id": CLIENT_ID,
            "console_client_secret_file": secret_file,
            "console_url": f"http://{address}/",
            "admin_listen": address,
        } | others


@contextlib.asynccontextmanager
async def openid(folder: Path, **others: Any) -> AsyncIterator[tuple[OpenIdProvider, Service]]:
    """Run a provider, and a server whose console is its client; both have the `clock` of the settings."""
    provider, clock = OpenIdProvider(), others.get("clock")
    if clock is not None:
        provider.now = lambda: clock.now_ms() / 1000
    async with serving(provider), console(folder / "data", **provider.client(folder, **others)) as service:
        yield provider, service


@contextlib.asynccontextmanager
async def visitor(service: Service) -> AsyncIterator["Visitor"]:
    """Return somebody without a browser, who is not logged in."""
    async with person(service) as somebody:
        yield Visitor(somebody.url, somebody.session)


class Visitor(Person):
    """Somebody who logs in by the provider, one step at a time."""

    async def begin(self, path: str = "/console/codes", **headers: str) -> dict[str, str]:
        """Follow the link of the log-in page; return the authorization request that it leads to."""
        url = f"{self.url}/console/login/provider"
        async with self.session.get(url, params={"next": path}, headers=headers, allow_redirects=False) as response:
            assert response.status == 303, await response.text()
            query = urlsplit(response.headers["Location"]).query
        return {name: values[0] for name, values in parse_qs(query).items()}

    async def come_back(self, url: str) -> Shown:
        """Open the URL to which the provider sends a browser; follows the page that leads on, if that is shown."""
        parts = urlsplit(url)
        shown = await self.get(f"{parts.path}?{parts.query}")
        lead = shown.html.partition('http-equiv="refresh" content="0; url=')[2].partition('"')[0]
        return await self.get(html.unescape(lead)) if lead else shown

    async def sign_in(self, provider: OpenIdProvider, path: str = "/console/codes") -> Shown:
        """Log in, from the link to the page that is shown then."""
        return await self.come_back(provider.answer(await self.begin(path)))
