"""Sessions of people who are logged in. A sealed cookie has all of a session, so no replica stores any."""

import base64
import binascii
import json
import secrets
import zlib
from dataclasses import asdict, dataclass, replace

from cryptography.exceptions import InvalidTag

from redeemd.crypto.keyring import KeyRing
from redeemd.crypto.sealing import Box

IDLE_SECONDS = 30 * 60
SECONDS_MAX = 12 * 60 * 60
REFRESH_SECONDS = 60  # how old the time of the last request in a cookie may become
COOKIE_BYTES_MAX = 3900  # browsers drop cookies of more than 4096 bytes with their names and attributes
_JSON_BYTES_MAX = 64 * 1024
_BOUND_TO = b"session"


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in. Times are Unix milliseconds.

    credential  a project token, or a token of an identity provider; "" on a server with --auth off
    csrf        the token that every form of the session has
    seen        when it was last used, up to REFRESH_SECONDS ago
    ends        when it ends, however often it is used
    """

    credential: str
    csrf: str
    seen: int
    ends: int

    @classmethod
    def begin(cls, credential: str, *, now: int, good_until: int | None = None) -> "Session":
        """Return a new session; `good_until` is when the credential expires."""
        ends = now + SECONDS_MAX * 1000
        return cls(credential, secrets.token_urlsafe(24), now, ends if good_until is None else min(ends, good_until))


class TooLong(Exception):
    """The credential does not fit into a cookie."""


class Sessions:
    """Writes sessions to cookies and reads them."""

    def __init__(self, ring: KeyRing) -> None:
        self._box = Box(ring, "console/v1")

    def seal(self, session: Session) -> str:
        """Return the value of a cookie. Raises TooLong."""
        packed = zlib.compress(json.dumps(asdict(session), separators=(",", ":")).encode())
        text = base64.urlsafe_b64encode(self._box.seal(packed, _BOUND_TO)).decode()
        if len(text) > COOKIE_BYTES_MAX:
            raise TooLong
        return text

    def open(self, text: str, *, now: int) -> Session | None:
        """Return the session of a cookie; None if this server did not write it, or if it has ended."""
        try:
            packed = self._box.open(base64.urlsafe_b64decode(text.encode()), _BOUND_TO)
            session = Session(**json.loads(zlib.decompressobj().decompress(packed, _JSON_BYTES_MAX)))
        except (InvalidTag, binascii.Error, ValueError, TypeError):
            return None
        return session if now < min(session.ends, session.seen + IDLE_SECONDS * 1000) else None

    @staticmethod
    def refreshed(session: Session, *, now: int) -> Session | None:
        """Return the session as it is to be written again; None while its cookie is recent enough."""
        return replace(session, seen=now) if now - session.seen >= REFRESH_SECONDS * 1000 else None
