"""Settings that many calls ask for, remembered for some seconds."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from redeemd.store.base import StoreError

CACHE_MAX = 10_000
# So old may a setting be: within this time, a change is known to every replica.
AGE_MAX_MS = 10_000
_RENEWED_MS = 9_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Known(Generic[Value]):
    """What was read, when, and until when nobody needs to read it again."""

    value: Value
    read_at: int
    renew_at: int


class Remembered(Generic[Key, Value]):
    """What was read, for AGE_MAX_MS.

    A little earlier one call reads again while the others go on with what is known.
    """

    def __init__(self, read: Callable[[Key], Awaitable[Value]]) -> None:
        self._read_value = read
        self._known: dict[Key, _Known[Value]] = {}
        self._changes = 0

    async def find(self, key: Key, *, now: int) -> Value:
        """Answer what is known, or read it. Raises what reading raises; of a StoreError nothing is known afterwards."""
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
        if changes == self._changes:  # else what was read may be what was there before
            if len(self._known) >= CACHE_MAX:
                del self._known[next(iter(self._known))]
            self._known[key] = _Known(value, now, now + _RENEWED_MS)
        return value

    def forget(self, key: Key) -> None:
        """Hear that something changed."""
        self._changes += 1
        self._known.pop(key, None)
