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


class Buckets:
    """The buckets of the players that guessed last, at most `players_max`. Who is forgotten begins with a full one."""

    def __init__(self, players_max: int = PLAYERS_MAX) -> None:
        self._players_max = players_max
        self._used_until: OrderedDict[Hashable, int] = OrderedDict()
        # By player and limit: what was said of one limit does not hold for another one.
        self._missing_until: OrderedDict[Hashable, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._used_until)

    def take(self, player: Hashable, limit: Limit, *, now: int) -> Taken:
        """Take a guess, if one is left."""
        missing_until = self._missing_until.pop((player, limit), None)
        waited = missing_until is not None
        if missing_until is not None and missing_until > now:
            self.miss(player, limit, until=missing_until)
            return Taken(missing_until - now, waited=waited)
        used_until = max(self._used_until.get(player, now), now)
        missing = used_until + limit.interval - now - limit.span
        if missing <= 0:
            used_until += limit.interval
        else:
            self.miss(player, limit, until=now + missing)
        _keep(self._used_until, player, used_until, self._players_max)
        return Taken(max(0, missing), waited=waited)

    def miss(self, player: Hashable, limit: Limit, *, until: int) -> None:
        """Hear that a player has no guess before a moment; so it is until then, or something is given back here."""
        _keep(self._missing_until, (player, limit), until, self._players_max)

    def give_back(self, player: Hashable, limit: Limit, *, taken_at: int, now: int) -> None:
        """Give a guess back that was taken at a moment."""
        self._missing_until.pop((player, limit), None)
        if player in self._used_until:
            self._used_until[player] -= limit.left_of(taken_at=taken_at, now=now)


def _keep(moments: OrderedDict[Hashable, int], player: Hashable, moment: int, most: int) -> None:
    """Note a moment of a player, and forget whoever was noted longest ago."""
    moments[player] = moment
    moments.move_to_end(player)
    if len(moments) > most:
        moments.popitem(last=False)
