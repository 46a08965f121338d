"""API keys: the credentials of servers and tools.

A key is "<key id>.<secret>". The secret is 32 random bytes, so storing its plain SHA-256 is safe.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from redeem.options.v1 import options_pb2

from redeemd.auth.errors import KeyNotFound, LastAdminKey
from redeemd.auth.queries import QUERIES
from redeemd.store import locks
from redeemd.store.base import Row, Tx

_SECRET_BYTES = 32
_SEPARATOR = "\n"
_TEXT = re.compile(r"(k[0-9a-f]{16})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is stored. `namespace_names` None means all namespaces; times are Unix milliseconds."""

    key_id: str
    role: options_pb2.Role
    namespace_names: frozenset[str] | None
    description: str
    created_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be created, with its secret."""

    key_id: str
    secret: str

    @property
    def text(self) -> str:
        """The key as clients send it."""
        return f"{self.key_id}.{self.secret}"


def draw() -> NewKey:
    """Generate a random key."""
    return NewKey(key_id=f"k{secrets.token_hex(8)}", secret=secrets.token_urlsafe(_SECRET_BYTES))


def parse(text: str) -> NewKey | None:
    """Parse a key that `draw` generated; return None for any other text."""
    match = _TEXT.fullmatch(text)
    return NewKey(*match.groups()) if match else None


async def create(
    tx: Tx, new: NewKey, *, role: options_pb2.Role, namespace_names: Sequence[str], description: str, now: int
) -> Key:
    """Store a key."""
    await tx.run(
        QUERIES.key_insert,
        key_id=new.key_id,
        secret_hash=_hash(new.secret),
        role=role,
        namespace_names=_SEPARATOR.join(sorted(set(namespace_names))),
        description=description,
        now=now,
    )
    return Key(new.key_id, role, frozenset(namespace_names) or None, description, now, None)


async def page(tx: Tx, *, after: str, limit: int) -> list[Key]:
    """List keys by id."""
    return [_key(row) for row in await tx.all(QUERIES.key_page, after=after, limit=limit)]


class Revoked(NamedTuple):
    """A revoked key, and whether it was revoked only now."""

    key: Key
    now: bool


async def revoke(tx: Tx, key_id: str, *, now: int) -> Revoked:
    """Revoke a key; one that is revoked already is left unchanged. Raises KeyNotFound or LastAdminKey."""
    await tx.lock(locks.API_KEYS)
    row = await tx.one(QUERIES.key_revoke, key_id=key_id, now=now)
    if row is None:
        known = await find(tx, key_id)
        if known is None:
            raise KeyNotFound
        return Revoked(known[0], now=False)
    others = await tx.one(QUERIES.key_other_admins, admin=options_pb2.ROLE_ADMIN, key_id=key_id)
    if others is None or others["number"] == 0:
        raise LastAdminKey
    return Revoked(_key(row), now=True)


async def find(tx: Tx, key_id: str) -> tuple[Key, bytes] | None:
    """Look up a key, with the hash of its secret."""
    row = await tx.one(QUERIES.key_get, key_id=key_id)
    return None if row is None else (_key(row), row["secret_hash"])


def opens(secret: str, secret_hash: bytes) -> bool:
    """Return whether a secret matches the stored hash."""
    return hmac.compare_digest(_hash(secret), secret_hash)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(row: Row) -> Key:
    names: str = row["namespace_names"]
    return Key(
        key_id=row["key_id"],
        role=row["role"],
        namespace_names=frozenset(names.split(_SEPARATOR)) if names else None,
        description=row["description"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
