"""A cache, with an expiry of seconds, for settings that many calls need."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from redeemd.store.base import StoreError

CACHE_MAX = 10_000
# The maximum age of a cached setting: within this time, every replica notices a change.
AGE_MAX_MS = 10_000
_RENEWED_MS = 9_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Known(Generic[Value]):
    """A cached value, when it was read, and when it is to be read again; in Unix milliseconds."""

    value: Value
    read_at: int
    renew_at: int


class RefreshingCache(Generic[Key, Value]):
    """Caches values for AGE_MAX_MS.

    Shortly before a value expires, one call reads it again while the others continue to use the cached value.
    """

    def __init__(self, read: Callable[[Key], Awaitable[Value]]) -> None:
        self._read_value = read
        self._known: dict[Key, _Known[Value]] = {}
        self._changes = 0

    async def find(self, key: Key, *, now: int) -> Value:
        """Return the cached value, or read it. Raises the errors of reading; a StoreError removes the cached value."""
        known = self._known.get(key)
        if known is not None and known.read_at <= now < known.renew_at:
            return known.value
        return await self._read(key, known, now)

    async def _read(self, key: Key, known: _Known[Value] | None, now: int) -> Value:
        if known is not None:
            self._known[key] = replace(known, renew_at=known.read_at + AGE_MAX_MS)
        changes = self._changes
        try:
            value = await self._read_value(key)
        except StoreError:
            self._known.pop(key, None)
            raise
        if changes == self._changes:  # otherwise the value may be from before a change
            if len(self._known) >= CACHE_MAX:
                del self._known[next(iter(self._known))]
            self._known[key] = _Known(value, now, now + _RENEWED_MS)
        return value

    def forget(self, key: Key) -> None:
        """Remove a value that has changed from the cache."""
        self._changes += 1
        self._known.pop(key, None)
