"""Computes how much of a wait is skipped (semantics 3.3, 12.15). All times are in seconds, rounded down."""

from enum import IntEnum
from fractions import Fraction


class SkipType(IntEnum):
    """The ways to skip a wait; numbers as in the contract."""

    COMPLETE = 1
    MINUTES = 2
    TOTAL_RATE = 3
    REMAIN_RATE = 4


def skipped(skip_type: SkipType, *, lock: int, skip: int, elapsed: int, minutes: int, rate: float) -> int:
    """Return the new skip of a wait of `lock` seconds, of which `skip` are skipped and `elapsed` have passed."""
    more = {
        SkipType.COMPLETE: lock,
        SkipType.MINUTES: minutes * 60,
        SkipType.TOTAL_RATE: _part(lock, rate),
        SkipType.REMAIN_RATE: _part(max(0, lock - skip - elapsed), rate),
    }
    return min(lock, skip + more[skip_type])


def _part(seconds: int, rate: float) -> int:
    """Return `rate` of `seconds`, rounded down. The rate counts as written: 0.29 of 100 seconds is 29, not 28.99..."""
    return int(seconds * Fraction(repr(rate)))
