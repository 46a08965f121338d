"""Edits the text of a master key file. Comments and the order of the keys stay."""

import re

from redeemd.crypto import keyring
from redeemd.crypto.keyring import ACCEPT, KeyRing, KeyRingError

_NUMBERED = re.compile(r"k([1-9][0-9]{0,8})")


def add(text: str, key_id: str = "") -> tuple[str, str]:
    """Add a random key that is only accepted; return the text and its id, by default k2, k3, ...

    Raises KeyRingError.
    """
    key_id = key_id or _next_id(keyring.parse(text))
    end = "" if text.endswith("\n") else "\n"
    changed = f"{text}{end}{keyring.entry(key_id)}:{ACCEPT}\n"
    keyring.parse(changed)
    return changed, key_id


def mark(text: str, key_id: str, *, accept_only: bool) -> str:
    """Mark a key as one that is only accepted, or remove that mark. Raises KeyRingError."""
    changed = _replace(text, key_id, rf"\1:{ACCEPT}" if accept_only else r"\1")
    keyring.parse(changed)
    return changed


def remove(text: str, key_id: str) -> str:
    """Remove a key that is only accepted. Raises KeyRingError."""
    if key_id in keyring.parse(text).key_ids and key_id not in keyring.parse(text).accept_only:
        raise KeyRingError(f"master key {key_id} is in use for new data; only a key that is not can be removed")
    return re.sub(r"\n\n+", "\n", _replace(text, key_id, ""))


def _next_id(ring: KeyRing) -> str:
    numbers = [int(match[1]) for key_id in ring.key_ids if (match := _NUMBERED.fullmatch(key_id))]
    return f"k{max(numbers, default=len(ring.key_ids)) + 1}"


def _replace(text: str, key_id: str, by: str) -> str:
    """Replace the entry of a key, of which group 1 is the part without the mark. Raises KeyRingError."""
    if key_id not in keyring.parse(text).key_ids:
        raise KeyRingError(f"there is no master key {key_id}")
    entry = re.compile(rf"(?<![^\s,])({re.escape(key_id)}:[^\s,:]+)(?::{ACCEPT})?(?![^\s,])")
    lines = []
    for line in text.splitlines(keepends=True):
        keys, sign, comment = line.partition("#")
        lines.append(entry.sub(by, keys) + sign + comment)
    return "".join(lines)
