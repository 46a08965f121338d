"""Credentials of a client: a key, a token in a file, or a token for which it logs in and which it renews.

A credential makes no calls. Those that log in state the request; the client sends it and hands over the response.
"""

import time
from collections.abc import Callable
from pathlib import Path

from google.protobuf.message import Message
from redeem.auth.v1 import requests_pb2 as pb

Header = tuple[str, str]
Clock = Callable[[], float]

_LOGIN_PROJECT = "redeem.auth.v1.AuthService.LoginProject"
_LOGIN = "redeem.auth.v1.AuthService.Login"
_RENEWED_AT = 0.8  # of the life of a token
_POSTPONED_SECONDS = 10.0
_LIFE_SECONDS_MIN = 60.0  # of a token that expires at a time of another clock
_CHECKED_SECONDS = 1.0


class Credential:
    """No credential at all, and what others override."""

    login_method = ""
    """Full name of the method that returns a token; empty for a credential that needs none."""

    def header(self) -> Header | None:
        """Return the metadata to send. None: log in first, or nothing is to be sent."""
        return None

    @property
    def due(self) -> bool:
        """Whether the client should log in, although there may be a valid token."""
        return False

    def login_request(self) -> Message:
        """Return the request of the login."""
        raise NotImplementedError

    def logged_in(self, response: Message) -> None:
        """Take over the token of a response."""
        raise NotImplementedError

    def postpone(self) -> None:
        """Keep the token for a while: the login failed."""

    def refused(self, header: Header) -> bool:
        """Note that the server refused a header. Return whether another one can be had."""
        return self.header() not in {None, header}


class Key(Credential):
    """An API key, `<id>.<secret>`, that is sent with each call; or any other bearer token that does not expire."""

    def __init__(self, key: str) -> None:
        self._header = _bearer(key)

    @classmethod
    def from_file(cls, path: Path | str) -> "Key":
        """Read a file with nothing but a key. Raises OSError, or ValueError if it is not ASCII."""
        return cls(Path(path).read_text(encoding="ascii").strip())

    def header(self) -> Header | None:
        """Return the metadata to send."""
        return self._header


class TokenFile(Credential):
    """A file with a bearer token that somebody else renews, such as an agent of an identity provider.

    The file is read again when it has changed, which is checked once a second, and when the server refuses the token.
    """

    def __init__(self, path: Path | str, *, clock: Clock = time.monotonic) -> None:
        """Read the file. Raises OSError, or ValueError if it is not ASCII."""
        self._path, self._clock = Path(path), clock
        self._read()

    def _read(self) -> None:
        self._checked_at = self._clock()
        self._state = self._stat()
        self._header = _bearer(self._path.read_text(encoding="ascii").strip())

    def _stat(self) -> tuple[int, ...]:
        found = self._path.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def header(self) -> Header | None:
        """Return the metadata to send: the token as it is now, or as it was when the file was last readable."""
        if self._clock() >= self._checked_at + _CHECKED_SECONDS:
            self._checked_at = self._clock()
            self._update(always=False)
        return self._header

    def refused(self, header: Header) -> bool:
        """Read the file again; return whether it has another token."""
        self._update(always=True)
        return self._header != header

    def _update(self, *, always: bool) -> None:
        try:
            if always or self._stat() != self._state:
                self._read()
        except (OSError, UnicodeError):
            return  # it is being replaced


class _Expiring(Credential):
    """A token for which the client logs in. It is renewed when most of its life is over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._header: Header | None = None
        self._renewed_at = self._expires_at = 0.0

    def header(self) -> Header | None:
        """Return the metadata to send; None if the token has expired."""
        return self._header if self._clock() < self._expires_at else None

    @property
    def due(self) -> bool:
        """Whether it is time to renew the token."""
        return self._clock() >= self._renewed_at or self.header() is None

    def _keep(self, header: Header, seconds: float) -> None:
        now = self._clock()
        self._header, self._renewed_at, self._expires_at = header, now + _RENEWED_AT * seconds, now + seconds

    def postpone(self) -> None:
        """Try again in a while."""
        self._renewed_at = self._clock() + _POSTPONED_SECONDS

    def refused(self, header: Header) -> bool:
        """Forget the token: its key was replaced, or it was not valid for as long as it said."""
        if self._header == header:
            self._expires_at = 0.0
        return True


class Login(_Expiring):
    """A key that is exchanged for a project token, so that its secret is sent once a day and not with each call."""

    login_method = _LOGIN_PROJECT

    def __init__(self, key: str, *, clock: Clock = time.monotonic) -> None:
        """`key` is `<id>.<secret>`."""
        super().__init__(clock)
        self._client_id, _, self._client_secret = key.partition(".")

    @classmethod
    def from_file(cls, path: Path | str) -> "Login":
        """Read a file with nothing but a key. Raises OSError, or ValueError if it is not ASCII."""
        return cls(Path(path).read_text(encoding="ascii").strip())

    def login_request(self) -> Message:
        """Return the request of the login."""
        return pb.LoginProjectRequest(client_id=self._client_id, client_secret=self._client_secret)

    def logged_in(self, response: Message) -> None:
        """Take over the token of a response."""
        assert isinstance(response, pb.LoginProjectResponse)
        self._keep(_bearer(response.access_token), response.expires_in)


class PlayerLogin(_Expiring):
    """The access token of a player, whom the server of the game logs in."""

    login_method = _LOGIN

    def __init__(self, user_id: str, *, clock: Clock = time.monotonic, wall_clock: Clock = time.time) -> None:
        super().__init__(clock)
        self._user_id, self._wall_clock = user_id, wall_clock

    def login_request(self) -> Message:
        """Return the request of the login."""
        return pb.LoginRequest(user_id=self._user_id)

    def logged_in(self, response: Message) -> None:
        """Take over the token of a response."""
        assert isinstance(response, pb.LoginResponse)
        life = response.expire / 1000 - self._wall_clock()
        self._keep(("x-access-token", response.token), max(life, _LIFE_SECONDS_MIN))


def _bearer(token: str) -> Header:
    return "authorization", f"Bearer {token}"
