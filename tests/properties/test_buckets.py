"""Buckets of guesses against what they promise, whatever is taken and given back when."""

from collections import OrderedDict
from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st
from redeemd.serialkey.guessing.buckets import Buckets, RateLimit

many = settings(max_examples=500, deadline=None)
LIMITS = st.builds(RateLimit, st.integers(1, 5), st.integers(1, 50))
PAUSES = st.integers(0, 60)
PLAYERS = st.sampled_from("abcdefgh")


class Plain:
    """Buckets as documented: each holds up to `burst` guesses and is filled evenly, up to its brim."""

    def __init__(self, limit, players_max):
        self.limit, self.players_max = limit, players_max
        self.buckets = OrderedDict()

    def take(self, player, now):
        """Return how many milliseconds are missing until there is a whole guess."""
        left, at = self.buckets.pop(player, (Fraction(self.limit.burst), now))
        left = min(Fraction(self.limit.burst), left + Fraction(now - at, self.limit.interval))
        taken = left >= 1
        self.buckets[player] = left - taken, now
        if len(self.buckets) > self.players_max:
            self.buckets.popitem(last=False)
        return 0 if taken else (1 - left) * self.limit.interval


@many
@given(LIMITS, st.integers(1, 4), st.lists(st.tuples(PLAYERS, PAUSES), max_size=60))
def test_a_bucket_is_filled_evenly_up_to_its_brim(limit, players_max, guesses):
    """Taken or refused, and for how long, as the plain model has it; never more players than there may be."""
    buckets, plain, now = Buckets(players_max), Plain(limit, players_max), 1000
    for player, pause in guesses:
        now += pause
        assert buckets.take(player, limit, now=now).retry_after_ms == plain.take(player, now)
        assert len(buckets) == len(plain.buckets) <= players_max


@many
@example(RateLimit(1, 10), [(0, 19), (10, None), (9, None)])  # the first one had come back by itself
@given(LIMITS, st.lists(st.tuples(PAUSES, st.none() | st.integers(0, 100)), max_size=60))
def test_giving_back_never_makes_more_of_them(limit, guesses):
    """Of the guesses that were not given back, at most `burst` are in any span of time, and one more per interval.

    Each guess is kept, or given back some milliseconds after it was taken, others in between.
    """
    buckets, now, kept, to_give = Buckets(), 1000, [], []
    for pause, back in guesses:
        now += pause
        for end, taken_at in sorted(each for each in to_give if each[0] <= now):
            buckets.give_back("a", limit, taken_at=taken_at, now=end)
        to_give = [each for each in to_give if each[0] > now]
        if buckets.take("a", limit, now=now).retry_after_ms:
            continue
        if back is None:
            kept.append(now)
        else:
            to_give.append((now + back, now))
    for first, began in enumerate(kept):
        for count, ended in enumerate(kept[first:], 1):
            assert count <= limit.burst + (ended - began) // limit.interval


@many
@given(LIMITS, st.lists(PAUSES, max_size=60))
def test_what_is_given_back_at_once_was_never_taken(limit, pauses):
    """Any number of right codes change nothing."""
    buckets, now = Buckets(), 1000
    for pause in pauses:
        now += pause
        assert buckets.take("a", limit, now=now).retry_after_ms == 0
        buckets.give_back("a", limit, taken_at=now, now=now)


@many
@given(LIMITS, st.lists(st.tuples(PAUSES, st.integers(0, 100)), max_size=60))
def test_what_is_missing_elsewhere_is_missing_here(limit, guesses):
    """Until that moment nothing is taken; the next that is taken has waited, and no other."""
    buckets, now, until, refused = Buckets(), 1000, 0, False
    for pause, refused_ms in guesses:
        now += pause
        taken = buckets.take("a", limit, now=now)
        assert taken.retry_after_ms >= until - now
        assert taken.waited == refused
        refused = taken.retry_after_ms > 0
        if not refused and refused_ms:
            buckets.refuse("a", limit, until=now + refused_ms)
            until, refused = now + refused_ms, True
