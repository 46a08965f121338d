"""Signed URLs: they carry all that is needed to serve them, so any replica can, and they end by themselves.

A token is base64url of an HMAC-SHA256 and what it covers: the id of the signing key, the method, the purpose, the
namespace, the subject, how many bytes at most, and until when.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import astuple, dataclass
from typing import Any

from redeemd.errors import FilesNotServed
from redeemd.keyring import KeyRing, keyed_hash

LINK_SECONDS = 600
PATH = "/files/"

_MAC_BYTES = 32
_TOKEN_LENGTH_MAX = 2048


def link_end(now: int) -> int:
    """Answer until when a URL works that is made now, in ms."""
    return now + LINK_SECONDS * 1000


class LinkInvalid(Exception):
    """The token was not made by this service, or not for this."""


class LinkExpired(Exception):
    """The token was good once."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a URL allows. namespace_id is 0 where there is none; subject says which file of the purpose."""

    method: str
    purpose: str
    namespace_id: int
    subject: str
    bytes_max: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Content:
    """A file that is made while it is sent.

    read   answers some bytes, given where it is, and where the next ones are; None at the end
    seek   answers where to begin for an offset, and how many bytes from there on to drop
    size   bytes in all; None when that is not known, then there are no ranges
    """

    media_type: str
    filename: str
    read: Callable[[Any], Awaitable[tuple[bytes, Any]]]
    seek: Callable[[int], tuple[Any, int]]
    size: int | None = None
    etag: str | None = None


# Answers the content of a link, None when it is no more.
Open = Callable[[Link], Awaitable[Content | None]]


class Links:
    """Makes and reads signed URLs."""

    def __init__(self, ring: KeyRing) -> None:
        self._keys = ring.children("url/v1")
        self._newest = ring.newest
        self.public_url = ""

    def url(self, link: Link) -> str:
        """Make a URL. Raises FilesNotServed when nobody could fetch it."""
        if not self.public_url:
            raise FilesNotServed
        content = json.dumps([self._newest, *astuple(link)], separators=(",", ":")).encode()
        mac = keyed_hash(self._keys[self._newest], content)
        return self.public_url.rstrip("/") + PATH + _encode(mac + content)

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
        if _encode(data) != token:  # base64 has several texts for the same bytes; a link has one
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
