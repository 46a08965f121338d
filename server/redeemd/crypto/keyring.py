"""The master keys, and the keys derived from them.

A master key is 32 random bytes with an id. Nothing is encrypted or signed with it directly: every use has a child key,
derived by HKDF-SHA256 (RFC 5869) with a label of its own. Every key can open data; new data uses one of them, which is
the newest that is not marked `accept` once all replicas have it (see redeemd.app.master_keys).
"""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from redeemd.base.new_file import new_secret

MASTER_KEY_BYTES = 32
ACCEPT = "accept"  # the mark of a key that is not used for new data
_KEY_ID = re.compile(r"^[A-Za-z0-9_-]{1,32}$")


class KeyRingError(Exception):
    """The master keys cannot be used; the text says why and what to do."""


class KeyRing:
    """Master keys by id, oldest first.

    The keys of a running server change: whatever depends on them uses `follow`.
    """

    def __init__(self, keys: Mapping[str, bytes], accept_only: Iterable[str] = ()) -> None:
        """`accept_only` are the ids of keys that are not for new data.

        Raises KeyRingError if the first key is among them.
        """
        self._keys = dict(keys)
        self._accept_only = frozenset(accept_only)
        if not self._keys:
            raise KeyRingError("there is no master key")
        if self.oldest in self._accept_only:
            raise KeyRingError(f"master key {self.oldest} is the first one, which is always in use: unmark it")
        self.current = self.wanted
        self._followers: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"

    @property
    def key_ids(self) -> list[str]:
        """The ids, oldest first."""
        return list(self._keys)

    @property
    def accept_only(self) -> frozenset[str]:
        """The ids of the keys that are not for new data."""
        return self._accept_only

    @property
    def wanted(self) -> str:
        """The id of the key that new data is to use: the newest that is not marked."""
        return next(key_id for key_id in reversed(self._keys) if key_id not in self._accept_only)

    @property
    def oldest(self) -> str:
        """The id of the key for data that must stay readable after any rotation and cannot move to a newer key."""
        return next(iter(self._keys))

    def follow(self, derive: Callable[[], None]) -> None:
        """Call `derive` now, and again whenever the keys or the current one have changed."""
        self._followers.append(derive)
        derive()

    def joined(self, other: "KeyRing") -> "KeyRing":
        """Return the keys of another ring and of this one: those that only this one has are last, and only accepted.

        Where both have a key of the same id, it is the one of this ring.
        """
        mine = set(self._keys) - set(other.key_ids)
        keys = other._keys | self._keys  # noqa: SLF001 -- of the same class; in the order of `other`
        return KeyRing(keys, other.accept_only | mine)

    def adopt(self, other: "KeyRing", current: str) -> None:
        """Take over the keys of another ring, of which `current` is to be used for new data."""
        before = self._keys, self._accept_only, self.current
        self._keys, self._accept_only = other._keys, other._accept_only  # noqa: SLF001 -- of the same class
        self.current = current
        if before != (self._keys, self._accept_only, self.current):
            for derive in self._followers:
                derive()

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


def read_text(path: Path) -> str:
    """Return the text of a master key file. Raises KeyRingError, which never quotes it, or OSError."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise KeyRingError(f"the master key file {path} is not UTF-8") from None


def read(path: Path) -> KeyRing:
    """Read a master key file. Raises KeyRingError with its path, or OSError."""
    text = read_text(path)
    try:
        return parse(text)
    except KeyRingError as problem:
        raise KeyRingError(f"{path}: {problem}") from None


def parse(text: str) -> KeyRing:
    """Parse `<key id>:<base64 of 32 bytes>[:accept]` entries, separated by white space or commas, oldest first.

    Raises KeyRingError, which never quotes the text.
    """
    keys: dict[str, bytes] = {}
    accept_only = set()
    entries = [line.partition("#")[0] for line in text.splitlines()]
    for number, entry in enumerate(re.split(r"[\s,]+", " ".join(entries).strip()), 1):
        key_id, key, mark = _parse_entry(entry)
        if not _KEY_ID.match(key_id) or len(key) != MASTER_KEY_BYTES or mark not in {"", ACCEPT}:
            raise KeyRingError(
                f"master key entry {number} is not <key id>:<base64 of {MASTER_KEY_BYTES} bytes>, with or without "
                f":{ACCEPT} at its end"
            )
        if key_id in keys:
            raise KeyRingError(f"master key id {key_id} is a duplicate")
        keys[key_id] = key
        if mark:
            accept_only.add(key_id)
    return KeyRing(keys, accept_only)


def _parse_entry(entry: str) -> tuple[str, bytes, str]:
    """Return the id, the key, empty if it is not base64, and the mark."""
    key_id, _, rest = entry.partition(":")
    encoded, colon, mark = rest.partition(":")
    try:
        return key_id, base64.b64decode(encoded, validate=True), mark if mark or not colon else ":"
    except binascii.Error:
        return key_id, b"", mark


def entry(key_id: str) -> str:
    """Return the entry of a new random key."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()}"


def write_new(path: Path, key_id: str = "k1") -> KeyRing:
    """Write a new random master key to a file that only its owner can read. Raises OSError."""
    text = (
        "# redeemd master keys, oldest first. Without this file every code in the database is void:\n"
        "# keep a copy in a safe place, apart from copies of the database.\n"
        f"{entry(key_id)}\n"
    )
    new_secret(path, text)
    return parse(text)


def check(ring: KeyRing, used: Mapping[str, bytes]) -> None:
    """Compare with the check values of the keys with which a database was used.

    Raises KeyRingError when one of them is missing or different: valid codes would be refused, so the service must not
    start.
    """
    for key_id, value in used.items():
        if key_id not in ring.key_ids:
            raise KeyRingError(f"master key {key_id}, with which the database was used, is missing")
        if not secrets.compare_digest(ring.check_value(key_id), value):
            raise KeyRingError(f"master key {key_id} is not the one with which the database was used")
    if used and ring.oldest not in used:
        raise KeyRingError(f"master key {ring.oldest} is new, but precedes keys that were used: new keys come last")
