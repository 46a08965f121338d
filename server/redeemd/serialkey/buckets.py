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


class Buckets:
    """The buckets of the players that guessed last, at most `players_max`. Who is forgotten begins with a full one."""

    def __init__(self, players_max: int = PLAYERS_MAX) -> None:
        self._players_max = players_max
        self._used_until: OrderedDict[Hashable, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._used_until)

    def take(self, player: Hashable, limit: Limit, *, now: int) -> int:
        """Take a guess; answer 0, or how many milliseconds are missing, and then nothing was taken."""
        used_until = max(self._used_until.get(player, now), now)
        missing = used_until + limit.interval - now - limit.span
        if missing <= 0:
            used_until += limit.interval
        self._used_until[player] = used_until
        self._used_until.move_to_end(player)
        if len(self._used_until) > self._players_max:
            self._used_until.popitem(last=False)
        return max(0, missing)

    def give_back(self, player: Hashable, limit: Limit, *, taken_at: int, now: int) -> None:
        """Give a guess back that was taken at a moment."""
        if player in self._used_until:
            self._used_until[player] -= limit.left_of(taken_at=taken_at, now=now)
