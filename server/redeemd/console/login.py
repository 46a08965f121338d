"""Logs people in and out."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.base.tarpit import Tarpit
from redeemd.console import guard
from redeemd.console.calls import Methods, Refused
from redeemd.console.cookies import Cookies
from redeemd.console.identity import metadata_of
from redeemd.console.rendering import Renderer
from redeemd.console.session import Session, TooLong
from redeemd.http.peer import peer_of

_HOME = "/console/"
_KEY_PARTS = 2
_WRONG_MS = 5_000  # how long a refusal takes on average, unless the configuration says less


@dataclass(frozen=True, slots=True)
class Login:
    """The log-in page. `open_to_all`: the server runs with --auth off, so nobody needs a key."""

    methods: Methods
    cookies: Cookies
    renderer: Renderer
    tarpit: Tarpit
    open_to_all: bool

    async def show(
        self, request: web.Request, language: str, *, refusal: Refused | None = None, problem: str = ""
    ) -> web.Response:
        """Return the page."""
        values = {
            "language": language,
            "open_to_all": self.open_to_all,
            "next": _local(request.query.get("next", _HOME)),
            "path": request.path,
            "refusal": refusal,
            "problem": problem,
        }
        text = await self.renderer.render("login.html", language, values)
        status = 200 if refusal is None and not problem else 401
        return web.Response(text=text, status=status, content_type="text/html", headers=guard.HEADERS)

    async def submit(self, request: web.Request, form: Mapping[str, str], language: str, *, now: int) -> web.Response:
        """Log somebody in with the credential of a form."""
        try:
            session = await self._session(request, form, now=now)
            response = guard.redirect(_local(form.get("next", "")))
            self.cookies.begin(response, session)
        except Refused as refused:
            await self.tarpit.wait(_WRONG_MS)
            return await self.show(request, language, refusal=refused)
        except TooLong:
            return await self.show(request, language, problem="token")
        return response

    async def _session(self, request: web.Request, form: Mapping[str, str], *, now: int) -> Session:
        """Return a session with the credential of a form. Raises Refused."""
        if self.open_to_all:
            return Session.begin("", now=now)
        key_id, secret = form.get("key_id", "").strip(), form.get("secret", "").strip()
        parts = secret.split(".")
        peer, good_until = peer_of(request), None
        if key_id or len(parts) == _KEY_PARTS:
            client_id, client_secret = (parts[0], parts[-1]) if len(parts) == _KEY_PARTS else (key_id, secret)
            logging_in = auth_pb.LoginProjectRequest(client_id=client_id, client_secret=client_secret)
            token = await self.methods.call(logging_in, auth_pb.LoginProjectResponse, {}, peer)
            secret, good_until = token.access_token, now + token.expires_in * 1000
        await self._check(secret, peer)
        return Session.begin(secret, now=now, good_until=good_until)

    async def _check(self, credential: str, peer: str) -> None:
        """Raise Refused unless a credential opens the console: with it, namespaces can be read."""
        asked = pb.DescribeNamespacesRequest(limit=1)
        try:
            await self.methods.call(asked, pb.DescribeNamespacesResponse, metadata_of(credential), peer)
        except Refused as refused:
            if refused.reason != "NAMESPACE_NOT_ALLOWED":  # a key of some namespaces, which cannot list all
                raise

    def leave(self) -> web.Response:
        """Log out."""
        response = guard.redirect("/console/login")
        self.cookies.end(response)
        return response

    @staticmethod
    def required(request: web.Request) -> web.Response:
        """Return a response that leads to the log-in, and from there back to the page."""
        target = request.path_qs if request.method == "GET" else _HOME
        return guard.redirect(f"/console/login?next={quote(target, safe='')}")


def _local(path: str) -> str:
    """Return a path of the console as it is, and the first page for any other."""
    return path if guard.is_local(path) else _HOME
