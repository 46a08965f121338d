"""Limits the number of calls in progress, in total and per caller.

An unbounded queue only delays every call; a queue that one caller can fill delays all others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from redeemd.errors import MessageTimeout, Overloaded
from redeemd.rpc.call import Caller
from redeemd.rpc.ports import Context

# Divisors of calls_max: the share that one caller may have in progress. Many game servers may use the same key. Callers
# whose credential has not been checked yet, and those of methods without credentials, count together as one caller.
KEY_SHARE = 2
PLAYER_SHARE = 8
ANONYMOUS_SHARE = 10
ADDRESS_SHARE = 2  # of streams without a credential
BATCH_SHARE = 4  # of a batch, or less: see ITEMS_MAX
# Items of a batch that are executed at once. The embedded store runs them in one transaction, for which other calls
# wait. With 256 items, a batch would take a fifth less CPU, and other calls two to four times as long.
ITEMS_MAX = 64

Received = TypeVar("Received")


class Limiter:
    """Counts the calls in progress. `calls` is their number."""

    def __init__(self, calls_max: int, *, message_timeout_seconds: float) -> None:
        self._calls_max = calls_max
        self.calls = 0
        self.keys = _Share(calls_max // KEY_SHARE)
        self.players = _Share(calls_max // PLAYER_SHARE)
        self.anonymous = _Share(calls_max // ANONYMOUS_SHARE)
        self.lobby = Lobby(calls_max, timeout_seconds=message_timeout_seconds)
        self.watches = Streams(calls_max)
        self.items_max = max(1, min(ITEMS_MAX, calls_max // BATCH_SHARE))
        self.reflections = Streams(calls_max // ANONYMOUS_SHARE)

    def enter(self, calls: int = 1) -> None:
        """Count calls as in progress. Raises Overloaded."""
        if self.calls + calls > self._calls_max:
            raise Overloaded(scope="server")
        self.calls += calls


class _Share:
    """The calls in progress of one type of caller, by name."""

    def __init__(self, most: int, *, scope: str = "caller") -> None:
        self._most = max(most, 1)
        self._scope = scope
        self._calls: dict[str, int] = {}

    def add(self, name: str, added: int = 1) -> None:
        calls = self._calls.get(name, 0) + added
        if calls > self._most:
            raise Overloaded(scope=self._scope)
        self._calls[name] = calls

    def remove(self, name: str, removed: int = 1) -> None:
        calls = self._calls[name] - removed
        if calls:
            self._calls[name] = calls
        else:
            del self._calls[name]


class Place:
    """The slot of one call among those in progress, taken once its caller is known."""

    __slots__ = ("_limiter", "_name", "_share", "_taken")

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._taken = False
        self._share: _Share | None = None
        self._name = ""

    def take(self, caller: Caller) -> None:
        """Count the call for a caller, and no longer for the previous caller, if it had one.

        With --auth off every caller is the same administrator, for whom no share applies. Raises Overloaded.
        """
        if not self._taken:
            self._limiter.enter()
            self._taken = True
        self._give_back()
        if caller.key_id is not None:
            self._count(self._limiter.keys, caller.key_id)
        elif caller.user_id is not None:
            self._count(self._limiter.players, caller.user_id)
        elif not caller.role:
            self._count(self._limiter.anonymous, "")

    def _count(self, share: _Share, name: str) -> None:
        share.add(name)
        self._share, self._name = share, name

    def _give_back(self) -> None:
        if self._share is not None:
            self._share.remove(self._name)
            self._share = None

    @contextmanager
    def holding(self, items: int) -> Iterator[None]:
        """Count a call that has taken its slot as `items` calls meanwhile. Raises Overloaded."""
        further, share = items - 1, self._share
        if share is not None:
            share.add(self._name, further)
        try:
            self._limiter.enter(further)
        except Overloaded:
            if share is not None:
                share.remove(self._name, further)
            raise
        try:
            yield
        finally:
            self._limiter.calls -= further
            if share is not None:
                share.remove(self._name, further)

    def leave(self) -> None:
        """Release the slot at the end of the call."""
        self._give_back()
        if self._taken:
            self._limiter.calls -= 1


class Streams:
    """Limits the open streams of one kind that need no credential; they do not count as calls in progress.

    A client decides how long such a stream stays open. One address can open half of them, so that one host cannot keep
    all others out.
    """

    def __init__(self, most: int) -> None:
        self._all = _Share(most, scope="server")
        self._by_address = _Share(most // ADDRESS_SHARE)

    def add(self, context: Context) -> None:
        """Count the stream of a call until its last byte is sent or its connection ends. Raises Overloaded."""
        address = context.peer().rpartition(":")[0]
        self._by_address.add(address)
        try:
            self._all.add("")
        except Overloaded:
            self._by_address.remove(address)
            raise
        # The stubs declare the callback of a client's call.
        context.add_done_callback(lambda _context: self._remove(address))  # type: ignore[arg-type]

    def _remove(self, address: str) -> None:
        self._all.remove("")
        self._by_address.remove(address)


class Lobby:
    """Holds the calls of unknown callers that wait for their first message; they do not count as in progress.

    Anybody can open calls and send nothing. Therefore, when the lobby is full, the call that has waited longest is
    evicted: a legitimate call sends its message at once.
    """

    def __init__(self, most: int, *, timeout_seconds: float) -> None:
        self._most = most
        self.timeout_seconds = timeout_seconds
        self._waiting: dict[asyncio.Timeout, None] = {}  # oldest first

    async def receive(self, read: Callable[[], Awaitable[Received]]) -> Received:
        """Wait for a message. Raises MessageTimeout when none arrives in time, Overloaded when the call is evicted."""
        made_room = False
        try:
            async with asyncio.timeout(self.timeout_seconds) as patience:
                self._make_room()
                self._waiting[patience] = None
                try:
                    return await read()
                finally:
                    made_room = patience not in self._waiting
                    self._waiting.pop(patience, None)
        except TimeoutError:
            if made_room:
                raise Overloaded(scope="server") from None
            raise MessageTimeout from None

    def _make_room(self) -> None:
        if len(self._waiting) >= self._most:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.reschedule(asyncio.get_running_loop().time())
