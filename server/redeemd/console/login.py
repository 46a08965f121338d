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
# What can be wrong besides the refusal of a method, with the status of the page. The template explains them.
PROBLEMS: Mapping[str, int] = {
    "": 200,
    "origin": 401,  # the form of another site
    "token": 401,  # does not fit into a cookie
    "attempt": 401,  # no log-in at the provider was begun in this browser, or it took too long
    "cancelled": 401,
    "role": 401,  # the provider says who it is, but that is nobody with a role
    "response": 401,  # of the provider, or its token: wrong
    "provider": 503,  # is unavailable
}
WRONG_MS = 5_000  # how long a refusal takes on average, unless the configuration says less


@dataclass(frozen=True, slots=True)
class Login:
    """The log-in page.

    open_to_all  the server runs with --auth off, so nobody needs a key
    provider     the host of the identity provider to which the page leads; "" for none
    """

    methods: Methods
    cookies: Cookies
    renderer: Renderer
    tarpit: Tarpit
    open_to_all: bool
    provider: str

    async def show(
        self,
        request: web.Request,
        language: str,
        *,
        refusal: Refused | None = None,
        problem: str = "",
        back: str | None = None,
    ) -> web.Response:
        """Return the page; `problem` is one of PROBLEMS. The log-in leads to `back`, by default as the URL says."""
        values = {
            "language": language,
            "open_to_all": self.open_to_all,
            "next": back or guard.local(request.query.get("next", _HOME)),
            "path": "/console/login",
            "provider": self.provider,
            "refusal": refusal,
            "problem": problem,
        }
        text = await self.renderer.render("login.html", language, values)
        status = 401 if refusal is not None else PROBLEMS[problem]
        return web.Response(text=text, status=status, content_type="text/html", headers=guard.HEADERS)

    async def submit(self, request: web.Request, form: Mapping[str, str], language: str, *, now: int) -> web.Response:
        """Log somebody in with the credential of a form."""
        try:
            session = await self._session(request, form, now=now)
            response = guard.redirect(guard.local(form.get("next", "")))
            self.cookies.begin(response, session)
        except Refused as refused:
            await self.tarpit.wait(WRONG_MS)
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
        await self.check(secret, peer)
        return Session.begin(secret, now=now, good_until=good_until)

    async def check(self, credential: str, peer: str) -> None:
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
