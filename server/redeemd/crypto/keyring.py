"""The master keys, and the keys derived from them.

A master key is 32 random bytes with an id. Nothing is encrypted or signed with it directly: every use has a child key,
derived by HKDF-SHA256 (RFC 5869) with a label of its own. New data uses the newest key; every key can open data.
"""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from redeemd.base.new_file import new_secret

MASTER_KEY_BYTES = 32
_KEY_ID = re.compile(r"^[A-Za-z0-9_-]{1,32}$")


class KeyRingError(Exception):
    """The master keys cannot be used; the text says why and what to do."""


class KeyRing:
    """Master keys by id, oldest first."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise KeyRingError("there is no master key")
        self._keys = dict(keys)

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"

    @property
    def key_ids(self) -> list[str]:
        """The ids, oldest first."""
        return list(self._keys)

    @property
    def newest(self) -> str:
        """The id of the key for new data."""
        return next(reversed(self._keys))

    @property
    def oldest(self) -> str:
        """The id of the key for data that must stay readable after any rotation and cannot move to a newer key."""
        return next(iter(self._keys))

    def child(self, key_id: str, label: str, salt: bytes = b"", *, length: int = 32) -> bytes:
        """Derive `length` bytes for one use. Raises KeyError for an unknown id."""
        derive = HKDF(algorithm=hashes.SHA256(), length=length, salt=salt or None, info=f"redeemd/{label}".encode())
        return derive.derive(self._keys[key_id])

    def children(self, label: str, salt: bytes = b"") -> dict[str, bytes]:
        """Derive a child of every master key, with labels that end in the key's id."""
        return {key_id: self.child(key_id, f"{label}/{key_id}", salt) for key_id in self._keys}

    def check_value(self, key_id: str) -> bytes:
        """Derive the value by which the database recognizes a key."""
        return self.child(key_id, "check/v1")[:16]


def keyed_hash(key: bytes, *parts: bytes) -> bytes:
    """Hash parts and their lengths with keyed BLAKE2b (RFC 7693), so that different lists of parts differ."""
    data = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
    return hashlib.blake2b(data, key=key, digest_size=32).digest()


def parse(text: str) -> KeyRing:
    """Parse `<key id>:<base64 of 32 bytes>` entries, separated by white space or commas, oldest first.

    Raises KeyRingError, which never quotes the text.
    """
    keys: dict[str, bytes] = {}
    entries = [line.partition("#")[0] for line in text.splitlines()]
    for number, entry in enumerate(re.split(r"[\s,]+", " ".join(entries).strip()), 1):
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not _KEY_ID.match(key_id) or len(key) != MASTER_KEY_BYTES:
            raise KeyRingError(f"master key entry {number} is not <key id>:<base64 of {MASTER_KEY_BYTES} bytes>")
        if key_id in keys:
            raise KeyRingError(f"master key id {key_id} is a duplicate")
        keys[key_id] = key
    return KeyRing(keys)


def write_new(path: Path, key_id: str = "k1") -> KeyRing:
    """Write a new random master key to a file that only its owner can read. Raises OSError."""
    text = (
        "# redeemd master keys, oldest first. Without this file every code in the database is void:\n"
        "# keep a copy in a safe place, apart from copies of the database.\n"
        f"{key_id}:{base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()}\n"
    )
    new_secret(path, text)
    return parse(text)


def check(ring: KeyRing, known: Mapping[str, bytes]) -> Iterable[str]:
    """Compare with the check values of a database; return the ids that it does not know yet.

    Raises KeyRingError when a key with which the database was used is missing or different: valid codes would be
    refused, so the service must not start.
    """
    for key_id, value in known.items():
        if key_id not in ring.key_ids:
            raise KeyRingError(f"master key {key_id}, with which the database was used, is missing")
        if not secrets.compare_digest(ring.check_value(key_id), value):
            raise KeyRingError(f"master key {key_id} is not the one with which the database was used")
    return [key_id for key_id in ring.key_ids if key_id not in known]
