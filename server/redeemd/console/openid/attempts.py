"""Log-ins in progress. A sealed cookie of the browser has all of one, so any replica can complete it."""

import base64
import binascii
import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass

from aiohttp import web
from cryptography.exceptions import InvalidTag

from redeemd.crypto.keyring import KeyRing
from redeemd.crypto.sealing import Box

SECONDS_MAX = 10 * 60
ATTEMPTS_MAX = 4  # in one browser, as in several tabs; their cookies share a header with that of the session
PATH = "/console/login"
_STATE = re.compile(r"[A-Za-z0-9_-]{22}")
_NEXT_LENGTH_MAX = 256


@dataclass(frozen=True, slots=True)
class Attempt:
    """A log-in in progress.

    state     connects the response of the provider with this browser; the name of the cookie has it
    nonce     connects the token with this log-in
    verifier  of PKCE (RFC 7636): connects the code with this log-in
    next      the path of the page to show then
    ends      in Unix milliseconds
    """

    state: str
    nonce: str
    verifier: str
    next: str
    ends: int

    @classmethod
    def begin(cls, path: str, *, now: int) -> "Attempt":
        """Return a new one, which leads to a page; to the first page if the path is too long for a cookie."""
        return cls(
            state=secrets.token_urlsafe(16),
            nonce=secrets.token_urlsafe(16),
            verifier=secrets.token_urlsafe(32),
            next=path if len(path) <= _NEXT_LENGTH_MAX else "/console/",
            ends=now + SECONDS_MAX * 1000,
        )

    @property
    def challenge(self) -> str:
        """The S256 challenge of the verifier."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Attempts:
    """Reads and writes the cookies of log-ins in progress.

    They are Lax, because the provider, another site, sends the browser back. No script can read them.
    """

    def __init__(self, ring: KeyRing, now: Callable[[], int], *, secure: bool) -> None:
        """`secure`: browsers use TLS, so that the cookies are sent with TLS only."""
        self._box = Box(ring, "console-openid/v1")
        self._now = now
        self._secure = secure
        self._prefix = "__Secure-console_login_" if secure else "console_login_"

    def keep(self, request: web.Request, response: web.StreamResponse, attempt: Attempt) -> None:
        """Let a browser bring an attempt with the response of the provider, and forget others if there are too many."""
        others = [name for name in request.cookies if name.startswith(self._prefix)]
        for name in others if len(others) >= ATTEMPTS_MAX else ():
            self._forget(response, name.removeprefix(self._prefix))
        sealed = self._box.seal(json.dumps(asdict(attempt)).encode(), attempt.state.encode())
        self._set(response, attempt.state, base64.urlsafe_b64encode(sealed).decode(), max_age=SECONDS_MAX)

    def find(self, request: web.Request, state: str) -> Attempt | None:
        """Return the attempt with a state; None unless this browser began it, and it has not ended."""
        text = request.cookies.get(self._prefix + state, "")
        try:
            opened = self._box.open(base64.urlsafe_b64decode(text.encode()), state.encode())
            attempt = Attempt(**json.loads(opened))
        except (InvalidTag, binascii.Error, ValueError, TypeError):
            return None
        return attempt if self._now() < attempt.ends else None

    def end(self, response: web.StreamResponse, attempt: Attempt) -> None:
        """Let a browser forget an attempt."""
        self._forget(response, attempt.state)

    def _forget(self, response: web.StreamResponse, state: str) -> None:
        if _STATE.fullmatch(state):
            self._set(response, state, "", max_age=0)

    def _set(self, response: web.StreamResponse, state: str, value: str, *, max_age: int) -> None:
        name = self._prefix + state
        response.set_cookie(name, value, path=PATH, max_age=max_age, secure=self._secure, httponly=True, samesite="Lax")
