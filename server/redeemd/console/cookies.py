"""The cookies of the console."""

from collections.abc import Callable

from aiohttp import web
from cryptography.exceptions import InvalidTag

from redeemd.console import languages
from redeemd.console.session import Session, Sessions
from redeemd.crypto.keyring import KeyRing
from redeemd.crypto.sealing import Box

_NOTICE = "console_notice"
_NOTICE_SECONDS = 60
_LANGUAGE_SECONDS = 365 * 24 * 60 * 60


class Cookies:
    """Reads and writes cookies. No script can read them, and no other site can let them be sent."""

    def __init__(self, ring: KeyRing, sessions: Sessions, now: Callable[[], int], *, secure: bool) -> None:
        """`secure`: browsers use TLS, so that the cookies are sent with TLS only."""
        self._sessions = sessions
        self._notices = Box(ring, "console-notice/v1")
        self._now = now
        self._secure = secure
        # Browsers take a cookie with this prefix from TLS, this host and this path alone.
        self._name, self._path = ("__Host-console", "/") if secure else ("console", "/console")

    def session(self, request: web.Request) -> Session | None:
        """Return the session of a request, if it has a valid one."""
        return self._sessions.open(request.cookies.get(self._name, ""), now=self._now())

    def begin(self, response: web.StreamResponse, session: Session) -> None:
        """Let a browser send a session with its next requests. Raises redeemd.console.session.TooLong."""
        self._set(response, self._name, self._sessions.seal(session), path=self._path)

    def keep(self, response: web.StreamResponse, session: Session) -> None:
        """Write a session that is in use again, so that it does not become idle."""
        refreshed = self._sessions.refreshed(session, now=self._now())
        if refreshed is not None:
            self.begin(response, refreshed)

    def end(self, response: web.StreamResponse) -> None:
        """Let a browser forget its session."""
        self._set(response, self._name, "", path=self._path, max_age=0)

    def say(self, response: web.StreamResponse, text: str) -> None:
        """Let the next page show a text."""
        sealed = self._notices.seal(text.encode(), b"notice").hex()
        self._set(response, _NOTICE, sealed, path="/console", max_age=_NOTICE_SECONDS)

    def said(self, request: web.Request) -> str:
        """Return the text that the last response has left for this page; "" for none."""
        try:
            return self._notices.open(bytes.fromhex(request.cookies.get(_NOTICE, "")), b"notice").decode()
        except (ValueError, InvalidTag):
            return ""

    def forget_notice(self, request: web.Request, response: web.StreamResponse) -> None:
        """Do not show a text again."""
        if _NOTICE in request.cookies and _NOTICE not in response.cookies:
            self._set(response, _NOTICE, "", path="/console", max_age=0)

    def use_language(self, response: web.StreamResponse, name: str) -> None:
        """Let a browser ask for a language from now on."""
        self._set(response, languages.COOKIE, name, path="/console", max_age=_LANGUAGE_SECONDS)

    def _set(
        self, response: web.StreamResponse, name: str, value: str, *, path: str, max_age: int | None = None
    ) -> None:
        response.set_cookie(
            name, value, path=path, max_age=max_age, secure=self._secure, httponly=True, samesite="Strict"
        )
