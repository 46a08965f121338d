"""How many calls may be in progress, in all and of one caller.

A queue without a bound only makes everybody late; one that a single caller may fill makes everybody else late.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redeemd.errors import MessageTimeout, Overloaded
from redeemd.rpc.call import Caller

# The largest part of calls_max that one caller may have in progress. A key stands for many game servers; callers that
# have shown no credential yet, or need none, count as one.
KEY_SHARE = 2
PLAYER_SHARE = 20
ANONYMOUS_SHARE = 10

Received = TypeVar("Received")


class Limiter:
    """Counts calls in progress. `calls` is their number."""

    def __init__(self, calls_max: int, *, message_timeout_seconds: float) -> None:
        self._calls_max = calls_max
        self.calls = 0
        self.keys = _Share(_part(calls_max, KEY_SHARE))
        self.players = _Share(_part(calls_max, PLAYER_SHARE))
        self.anonymous = _Share(_part(calls_max, ANONYMOUS_SHARE))
        self.lobby = Lobby(_part(calls_max, ANONYMOUS_SHARE), timeout_seconds=message_timeout_seconds)

    def enter(self) -> "Place":
        """Admit a call of a caller yet unknown. Raises Overloaded."""
        if self.calls >= self._calls_max:
            raise Overloaded(scope="server")
        self.calls += 1
        return Place(self)


def _part(calls_max: int, share: int) -> int:
    return max(1, calls_max // share)


class _Share:
    """The calls in progress of the callers of one kind, by name."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.calls: dict[str, int] = {}

    def add(self, name: str) -> None:
        calls = self.calls.get(name, 0)
        if calls >= self.most:
            raise Overloaded(scope="caller")
        self.calls[name] = calls + 1

    def remove(self, name: str) -> None:
        calls = self.calls[name] - 1
        if calls:
            self.calls[name] = calls
        else:
            del self.calls[name]


class Place:
    """The place of one call in progress."""

    __slots__ = ("_limiter", "_name", "_share")

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._share: _Share | None = None
        self._name = ""

    def take(self, caller: Caller) -> None:
        """Count the call as one of its caller, who is known from now on. Raises Overloaded.

        With --auth off every caller is the same administrator, who has no share.
        """
        self._give_back()
        if caller.key_id is not None:
            share, name = self._limiter.keys, caller.key_id
        elif caller.user_id is not None:
            share, name = self._limiter.players, caller.user_id
        elif caller.role:
            return
        else:
            share, name = self._limiter.anonymous, ""
        share.add(name)
        self._share, self._name = share, name

    def _give_back(self) -> None:
        if self._share is not None:
            self._share.remove(self._name)
            self._share = None

    def leave(self) -> None:
        """End the call."""
        self._give_back()
        self._limiter.calls -= 1


class Lobby:
    """Where calls of unknown callers wait for their first message.

    Anybody can open calls and send nothing, so when the lobby is full, the call that has waited longest makes room: an
    honest call sends its message at once.
    """

    def __init__(self, most: int, *, timeout_seconds: float) -> None:
        self._most = most
        self.timeout_seconds = timeout_seconds
        self._waiting: dict[asyncio.Timeout, None] = {}  # oldest first

    async def receive(self, read: Callable[[], Awaitable[Received]]) -> Received:
        """Wait for a message. Raises MessageTimeout when it does not arrive in time, or the call had to make room."""
        try:
            async with asyncio.timeout(self.timeout_seconds) as patience:
                self._make_room()
                self._waiting[patience] = None
                try:
                    return await read()
                finally:
                    self._waiting.pop(patience, None)
        except TimeoutError:
            raise MessageTimeout from None

    def _make_room(self) -> None:
        if len(self._waiting) >= self._most:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.reschedule(asyncio.get_running_loop().time())
