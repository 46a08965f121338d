"""Page tokens: opaque, and bound to the query that returned them.

A token is the base64url encoding of a cursor and a MAC over the cursor, the method and every request field except
page_token, cursor and limit. A filter that changes in the middle of a listing is refused, instead of giving wrong
results.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from google.protobuf.message import Message

from redeemd.crypto.keyring import keyed_hash
from redeemd.errors import PageTokenInvalid, Violation
from redeemd.rpc.call import Call

T = TypeVar("T")

LIMIT_DEFAULT = 30
PAGE_BYTES_MAX = 3 * 1024 * 1024  # clients accept 4 MiB by default
_MAC_BYTES = 16
_NOT_QUERY = frozenset({"page_token", "cursor", "limit"})  # they select a part of the result, not the result


class PageRequest(Protocol):
    """A request for one page of a list."""

    limit: int


class Pager:
    """Reads and writes page tokens."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def cursor(self, call: Call[object], field: str = "page_token") -> str | None:
        """Return the cursor of the page, or None for the first page. Raises PageTokenInvalid."""
        token: str = getattr(call.request, field)
        if not token:
            return None
        try:
            # Encoded first: for a str that is not ASCII, b64decode raises a different error.
            data = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
            cursor = data[_MAC_BYTES:].decode()
        except (binascii.Error, UnicodeDecodeError):
            raise _invalid(field) from None
        if not hmac.compare_digest(data[:_MAC_BYTES], self._mac(call, cursor)):
            raise _invalid(field)
        return cursor

    def reply(
        self,
        call: Call[object],
        rows: Sequence[T],
        limit: int,
        cursor_of: Callable[[T], str],
        render: Callable[[T], Message],
    ) -> Message:
        """Return a reply with a page of `limit` rows, of limit + 1 that were queried, and the token of the next page.

        A page ends early at PAGE_BYTES_MAX, but has at least one item.
        """
        items: list[Message] = []
        size = 0
        for row in rows[:limit]:
            item = render(row)
            size += item.ByteSize()
            if items and size > PAGE_BYTES_MAX:
                break
            items.append(item)
        token = None if len(items) == len(rows) else self.token(call, cursor_of(rows[len(items) - 1]))
        return call.reply(items=items, next_page_token=token)

    def token(self, call: Call[object], cursor: str) -> str:
        """Return the token of the page that follows a cursor."""
        return base64.urlsafe_b64encode(self._mac(call, cursor) + cursor.encode()).decode()

    def _mac(self, call: Call[object], cursor: str) -> bytes:
        query = type(call.message)()
        query.CopyFrom(call.message)
        for field in _NOT_QUERY.intersection(query.DESCRIPTOR.fields_by_name):
            query.ClearField(field)
        parts = (call.method.encode(), query.SerializeToString(deterministic=True), cursor.encode())
        return keyed_hash(self._key, *parts)[:_MAC_BYTES]


def limit_of(call: Call[PageRequest]) -> int:
    """Return the maximum number of items of a page."""
    return call.request.limit if call.message.HasField("limit") else LIMIT_DEFAULT


def _invalid(field: str) -> PageTokenInvalid:
    return PageTokenInvalid(violations=[Violation(field, "was not made for this query")])
