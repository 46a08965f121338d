"""Signed URLs. They contain all that is needed to serve them, so any replica can, and they expire.

A token is base64url of an HMAC-SHA256 and the content that it covers: the id of the signing key, the method, the
purpose, the namespace, the subject, the maximum number of bytes, and the expiry.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import astuple, dataclass
from typing import Any

from redeemd.crypto.keyring import KeyRing, keyed_hash
from redeemd.errors import FilesNotServed

LINK_SECONDS = 600
PATH = "/files/"

_MAC_BYTES = 32
_TOKEN_LENGTH_MAX = 2048


def link_end(now: int) -> int:
    """Return when a URL issued at `now` expires, in Unix milliseconds."""
    return now + LINK_SECONDS * 1000


class LinkInvalid(Exception):
    """The token was not issued by this service, or not for this method."""


class LinkExpired(Exception):
    """The token has expired."""


@dataclass(frozen=True, slots=True)
class Link:
    """The permission of a URL. `namespace_id` is 0 without one; `subject` identifies a file of the purpose."""

    method: str
    purpose: str
    namespace_id: int
    subject: str
    bytes_max: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Content:
    """A file that is generated while it is sent.

    read   returns the bytes at a position, and the position of the next ones; None at the end
    seek   returns the position to start from for an offset, and how many bytes to drop from there
    size   bytes in total; None if that is not known, and ranges are not supported
    """

    media_type: str
    filename: str
    # A place has a type that only the functions of one content know.
    read: Callable[[Any], Awaitable[tuple[bytes, Any]]]
    seek: Callable[[int], tuple[Any, int]]  # same
    size: int | None = None
    etag: str | None = None


# Returns the content of a link, None if it no longer exists.
Open = Callable[[Link], Awaitable[Content | None]]


class Links:
    """Issues and reads signed URLs."""

    def __init__(self, ring: KeyRing, public_url: str) -> None:
        """`public_url` is the URL under which clients reach the HTTP server; "" if they cannot."""
        self._ring = ring
        self._keys: dict[str, bytes] = {}
        self._prefix = public_url.rstrip("/") + PATH if public_url else ""
        ring.follow(self._derive)

    def _derive(self) -> None:
        self._keys = self._ring.children("url/v1")

    def url(self, link: Link) -> str:
        """Return a signed URL. Raises FilesNotServed if the server has no public URL."""
        if not self._prefix:
            raise FilesNotServed
        key_id = self._ring.current
        content = json.dumps([key_id, *astuple(link)], separators=(",", ":")).encode()
        mac = keyed_hash(self._keys[key_id], content)
        return self._prefix + _encode(mac + content)

    def read(self, token: str, *, method: str, now: int) -> Link:
        """Read a token. Raises LinkInvalid or LinkExpired."""
        try:
            if len(token) > _TOKEN_LENGTH_MAX:
                raise LinkInvalid
            data = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
            mac, content = data[:_MAC_BYTES], data[_MAC_BYTES:]
            key_id, *fields = json.loads(content)
            key = self._keys[key_id]
        except (binascii.Error, ValueError, TypeError, KeyError, RecursionError):
            raise LinkInvalid from None
        if _encode(data) != token:  # base64 has several texts for the same bytes; a link has only one
            raise LinkInvalid
        if not hmac.compare_digest(mac, keyed_hash(key, content)):
            raise LinkInvalid
        link = Link(*fields)
        if link.method != method:
            raise LinkInvalid
        if link.expires_at <= now:
            raise LinkExpired
        return link


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
