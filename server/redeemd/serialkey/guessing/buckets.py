"""Token buckets for guesses, one per player, in this process. Arithmetic only: no clock, no store.

This is the generic cell rate algorithm (ITU-T I.371): a bucket is one number, the time at which it is full. Each guess
moves that time ahead by an interval; a guess that would move it further ahead than the burst is refused. So within any
period there are at most `burst` guesses, plus one per interval elapsed.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

from redeemd.serialkey.guessing import tried

PLAYERS_MAX = 50_000


class RateLimit(NamedTuple):
    """At most `burst` guesses at once, plus one every `interval` milliseconds."""

    burst: int
    interval: int

    @property
    def span(self) -> int:
        """How many milliseconds guesses may move the time at which a bucket is full ahead of now."""
        return self.burst * self.interval

    def left_of(self, *, taken_at: int, now: int) -> int:
        """Return the milliseconds of a guess that may be returned: those that have not refilled since it was taken.

        If the bucket was full meanwhile, returning the whole guess would return more than was taken.
        """
        return max(0, self.interval - max(0, now - taken_at))


class TakeResult(NamedTuple):
    """The result of taking a guess. `retry_after_ms` is 0 if one was taken, else the time until one can be.

    `waited`: the player was refused before, and has taken none since.
    """

    retry_after_ms: int
    waited: bool


class _Player(NamedTuple):
    """When a bucket is full, and until when `limit` refuses its player; None if the last guess was not refused.

    `reset` is the number of the last reset of the bucket. `tried` are the texts that were tried since it was full.
    """

    used_until: int
    refused_until: int | None = None
    limit: RateLimit | None = None
    reset: int = 0
    tried: str = ""


class Buckets:
    """The buckets of the `players_max` players that guessed most recently. All other players have full buckets."""

    def __init__(self, players_max: int = PLAYERS_MAX) -> None:
        self._players_max = players_max
        self._players: OrderedDict[Hashable, _Player] = OrderedDict()

    def __len__(self) -> int:
        return len(self._players)

    def take(self, player: Hashable, limit: RateLimit, *, now: int) -> TakeResult:
        """Take a guess, if one is left."""
        known = self._players.get(player, _Player(now))
        refused_until = known.refused_until if known.limit == limit else None  # a changed limit voids the refusal
        used_until = max(known.used_until, now)
        retry_after_ms = max(used_until + limit.interval - now - limit.span, (refused_until or now) - now)
        if retry_after_ms > 0:
            self._keep(player, known._replace(used_until=used_until, refused_until=now + retry_after_ms, limit=limit))
        else:
            kept = known.tried if known.used_until > now else ""
            self._keep(player, _Player(used_until + limit.interval, reset=known.reset, tried=kept))
        return TakeResult(max(0, retry_after_ms), waited=refused_until is not None)

    def refuse(self, player: Hashable, limit: RateLimit, *, until: int) -> None:
        """Record that the shared budget is empty until `until`, unless a guess is returned here first."""
        known = self._players.get(player, _Player(0))
        self._keep(player, known._replace(refused_until=until, limit=limit))

    def give_back(self, player: Hashable, limit: RateLimit, *, taken_at: int, now: int) -> None:
        """Return a guess that was taken at `taken_at`."""
        known = self._players.get(player)
        if known is not None:
            returned = limit.left_of(taken_at=taken_at, now=now)
            self._players[player] = _Player(known.used_until - returned, reset=known.reset, tried=known.tried)

    def repeat(self, player: Hashable, text: str, *, now: int) -> bool:
        """Return whether a text was tried since the bucket was full, and needs no guess.

        `text` is a hash: see tried.py.
        """
        known = self._players.get(player)
        repeated = None if known is None or known.used_until <= now else tried.repeated(known.tried, text)
        if known is None or repeated is None:
            return False
        self._keep(player, known._replace(tried=repeated))
        return True

    def remember(self, player: Hashable, text: str, *, repeated: bool) -> None:
        """Record that a guess was taken for a text or, with `repeated`, that it was tried elsewhere before."""
        known = self._players.get(player)
        if known is not None:
            texts = tried.added(known.tried, text)
            self._players[player] = known._replace(tried=(tried.repeated(texts, text) or "") if repeated else texts)

    def returns(self, player: Hashable, text: str, *, right: bool) -> bool:
        """Forget a text whose guess is to be returned; return False if it is not. See tried.removed."""
        known = self._players.get(player)
        if known is None:
            return right
        texts = tried.removed(known.tried, text, right=right)
        if texts is None:
            return False
        self._players[player] = known._replace(tried=texts)
        return True

    def used_ms(self, player: Hashable, limit: RateLimit, *, now: int) -> int:
        """Return the milliseconds until a bucket is full, or counts as full because a refusal ends."""
        known = self._players.get(player)
        if known is None:
            return 0
        refused_for = (known.refused_until or now) - now if known.limit == limit else 0
        return max(0, known.used_until - now, refused_for + limit.span - limit.interval if refused_for > 0 else 0)

    def reset(self, player: Hashable, number: int) -> None:
        """Make a bucket full, once for each number."""
        known = self._players.get(player)
        if known is None or known.reset != number:
            self._keep(player, _Player(0, reset=number))

    def _keep(self, player: Hashable, known: _Player) -> None:
        self._players[player] = known
        self._players.move_to_end(player)
        if len(self._players) > self._players_max:
            self._players.popitem(last=False)
