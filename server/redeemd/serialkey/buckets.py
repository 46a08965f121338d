"""How many guesses are left: a token bucket per player, in this process. Arithmetic; no clock, no store.

The generic cell rate algorithm (ITU-T I.371): of a bucket one number is kept, the moment from which on it is full.
Each guess puts it off by an interval; a guess that would put it off by more than the burst is refused. So in any span
of time there are at most `burst` guesses, and one more for each interval.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

PLAYERS_MAX = 50_000


class Limit(NamedTuple):
    """So many guesses at once, and one more every interval. In milliseconds."""

    burst: int
    interval: int

    @property
    def span(self) -> int:
        """How far ahead guesses may put off the moment from which on none is used up."""
        return self.burst * self.interval

    def left_of(self, *, taken_at: int, now: int) -> int:
        """Answer what may be given back of a guess: what has not come back by itself since.

        To give back the whole would, when the bucket was full meanwhile, give more than was taken.
        """
        return max(0, self.interval - max(0, now - taken_at))


class Taken(NamedTuple):
    """What came of taking a guess: 0, or how many milliseconds are missing, and then nothing was taken.

    waited: the player was refused before, and has taken nothing since.
    """

    missing: int
    waited: bool


class _Player(NamedTuple):
    """From when on a bucket is full, and until when its player is refused by a limit; None: was not refused last."""

    used_until: int
    missing_until: int | None = None
    limit: Limit | None = None


class Buckets:
    """The buckets of the players that guessed last, at most `players_max`. Who is forgotten begins with a full one."""

    def __init__(self, players_max: int = PLAYERS_MAX) -> None:
        self._players_max = players_max
        self._players: OrderedDict[Hashable, _Player] = OrderedDict()

    def __len__(self) -> int:
        return len(self._players)

    def take(self, player: Hashable, limit: Limit, *, now: int) -> Taken:
        """Take a guess, if one is left."""
        known = self._players.get(player, _Player(now))
        refused_until = known.missing_until if known.limit == limit else None  # another limit is another matter
        used_until = max(known.used_until, now)
        missing = max(used_until + limit.interval - now - limit.span, (refused_until or now) - now)
        if missing > 0:
            self._keep(player, _Player(used_until, now + missing, limit))
        else:
            self._keep(player, _Player(used_until + limit.interval))
        return Taken(max(0, missing), waited=refused_until is not None)

    def miss(self, player: Hashable, limit: Limit, *, until: int) -> None:
        """Hear that a player has no guess before a moment; so it is until then, or something is given back here."""
        known = self._players.get(player, _Player(0))
        self._keep(player, _Player(known.used_until, until, limit))

    def give_back(self, player: Hashable, limit: Limit, *, taken_at: int, now: int) -> None:
        """Give a guess back that was taken at a moment."""
        known = self._players.get(player)
        if known is not None:
            self._players[player] = _Player(known.used_until - limit.left_of(taken_at=taken_at, now=now))

    def _keep(self, player: Hashable, known: _Player) -> None:
        self._players[player] = known
        self._players.move_to_end(player)
        if len(self._players) > self._players_max:
            self._players.popitem(last=False)
