"""Caches verified credentials by their hash, because a check costs half a call."""

import hashlib

from redeemd.rpc.call import Caller

CACHE_SECONDS = 60
CACHE_MAX = 10_000


class CredentialCache:
    """Callers by the hash of their credential: for CACHE_SECONDS, and never beyond their expiry."""

    def __init__(self) -> None:
        self._callers: dict[bytes, tuple[Caller, int]] = {}  # with the time at which the entry expires

    def find(self, text: str, *, now: int) -> Caller | None:
        """Return the caller of a credential that was verified."""
        known = self._callers.get(_digest(text))
        return known[0] if known is not None and known[1] > now else None

    def put(self, text: str, caller: Caller, *, now: int, good_until: int) -> None:
        """Cache the caller of a verified credential that expires at `good_until`, in Unix milliseconds."""
        if len(self._callers) >= CACHE_MAX:
            del self._callers[next(iter(self._callers))]
        self._callers[_digest(text)] = caller, min(good_until, now + CACHE_SECONDS * 1000)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
