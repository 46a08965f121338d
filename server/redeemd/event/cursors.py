"""Positions in the event stream, and the cursors that represent them.

A position is that of a row, and holds a hash of the row. A cursor is valid while that row exists unchanged: rows are
removed from the oldest on, so everything after the row exists as well. In another database, or in one restored from a
backup that has since diverged, there is another row at the position, or none. A cursor without a row is the position
before the oldest row.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import NamedTuple

from redeemd.crypto.keyring import keyed_hash
from redeemd.errors import PageTokenInvalid, Violation
from redeemd.store.base import Row

_MAC_BYTES = 12
_HASH_BYTES = 8
_CONTENT = ("told_at", "body", "place", "found_count", "found_revision")


class EventPosition(NamedTuple):
    """A position: after the row with these numbers and this hash, or before all rows."""

    xid: int
    event_id: int
    row_hash: str

    def is_of(self, row: Row) -> bool:
        """Return whether this is the position of a row."""
        return self == position_of(row)


BEFORE_ALL = EventPosition(0, 0, "")


def position_of(row: Row) -> EventPosition:
    """Return the position after a row."""
    content = repr([row[column] for column in _CONTENT]).encode()
    return EventPosition(row["xid"], row["event_id"], hashlib.blake2b(content, digest_size=_HASH_BYTES).hexdigest())


class Cursors:
    """Writes and reads the cursors of one query; those of other queries are refused."""

    def __init__(self, key: bytes, *query: bytes) -> None:
        self._key = keyed_hash(key, *query)

    def text(self, position: EventPosition) -> str:
        """Return the cursor of a position."""
        plain = f"{position.xid}.{position.event_id}.{position.row_hash}".encode()
        return base64.urlsafe_b64encode(self._mac(plain) + plain).decode()

    def read(self, cursor: str) -> EventPosition:
        """Return the position of a cursor. Raises PageTokenInvalid."""
        try:
            data = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
        except binascii.Error:
            raise _invalid() from None
        mac, plain = data[:_MAC_BYTES], data[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(plain)):
            raise _invalid()
        xid, event_id, row_hash = plain.decode().split(".")
        return EventPosition(int(xid), int(event_id), row_hash)

    def _mac(self, plain: bytes) -> bytes:
        return hashlib.blake2b(plain, key=self._key, digest_size=_MAC_BYTES).digest()


def after(position: EventPosition, rows: Sequence[Row]) -> Sequence[Row] | None:
    """Return the rows after a position, given the rows from it on; None if the first one is not its own row."""
    if position == BEFORE_ALL:
        return rows
    return rows[1:] if rows and position.is_of(rows[0]) else None


def _invalid() -> PageTokenInvalid:
    return PageTokenInvalid(violations=[Violation("cursor", "was not made for this query")])
