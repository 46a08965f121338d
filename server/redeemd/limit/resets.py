"""Computes when counters are reset to 0 (semantics 4.3). Arithmetic only; instants are Unix milliseconds.

A schedule is in UTC or in the wall clock time of an IANA time zone. A time that daylight saving skips means the instant
of the jump, and one that it repeats means the first of the two.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import IntEnum
from itertools import count
from zoneinfo import ZoneInfo

INSTANT_MAX = 32_503_680_000_000  # the year 3000

_DAY = timedelta(days=1)
_END_OF_TIME = datetime.max  # noqa: DTZ901 -- a wall clock time has no zone
_SUNDAY_OF_CALENDAR = 6  # date.weekday() counts from Monday
_DAYS_OF_WEEK = 7
_MONTHS = 12


class ResetType(IntEnum):
    """The kinds of schedule; numbers as in the contract."""

    NOT_RESET = 1
    DAILY = 2
    WEEKLY = 3
    MONTHLY = 4
    DAYS = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """When counters are reset. Fields that the type does not use are ignored.

    day_of_week counts from Sunday = 1, as in the contract. time_zone is None for UTC; see redeemd.limit.zones.
    """

    reset_type: ResetType
    hour: int = 0
    day_of_week: int = 1
    day_of_month: int = 1
    anchor: int = 0
    days: int = 1
    time_zone: ZoneInfo | None = None

    @property
    def fingerprint(self) -> str:
        """A text that differs between schedules that reset at different times."""
        needed = {
            ResetType.NOT_RESET: (),
            ResetType.DAILY: (self.hour,),
            ResetType.WEEKLY: (self.day_of_week, self.hour),
            ResetType.MONTHLY: (self.day_of_month, self.hour),
            ResetType.DAYS: (self.anchor, self.days),
        }[self.reset_type]
        return "/".join(
            map(str, (self.reset_type.name.lower(), *needed, "" if self.time_zone is None else self.time_zone.key))
        )


def next_reset(schedule: Schedule, now: int) -> int | None:
    """Return the first reset after `now`; None if there is none before the year 3000."""
    if schedule.reset_type == ResetType.NOT_RESET:
        return None
    zone: tzinfo = schedule.time_zone or UTC
    for wall in _wall_clock_times(schedule, zone, now):
        instant = _instant(wall, zone)
        if instant > INSTANT_MAX:
            return None
        if instant > now:
            return instant
    raise AssertionError("a schedule has no end")


def resets(schedule: Schedule, after: int, limit: int) -> list[int]:
    """Return the resets after `after`, at most `limit`."""
    found: list[int] = []
    while len(found) < limit and (following := next_reset(schedule, found[-1] if found else after)) is not None:
        found.append(following)
    return found


def _wall_clock_times(schedule: Schedule, zone: tzinfo, now: int) -> Iterator[datetime]:
    """Yield wall clock times of the schedule in ascending order, starting with one that is not after `now`."""
    if schedule.reset_type == ResetType.DAYS:
        yield from _every_some_days(schedule, zone, now)
        return
    today = _wall(now, zone).date()
    hour = timedelta(hours=schedule.hour)
    monthly = schedule.reset_type == ResetType.MONTHLY
    days = _monthly(schedule.day_of_month, today) if monthly else _daily(today - _DAY)
    for day in days:
        if schedule.reset_type != ResetType.WEEKLY or _day_of_week(day) == schedule.day_of_week:
            yield datetime(day.year, day.month, day.day) + hour  # noqa: DTZ001 -- a wall clock time has no zone


def _daily(first: date) -> Iterator[date]:
    return (first + number * _DAY for number in count())


def _monthly(day_of_month: int, today: date) -> Iterator[date]:
    """Yield the day in each month, or the month's last day, starting with the month before `today`."""
    first = today.year * _MONTHS + today.month - 2
    for month in count(first):
        year, index = divmod(month, _MONTHS)
        yield date(year, index + 1, min(day_of_month, calendar.monthrange(year, index + 1)[1]))


def _day_of_week(day: date) -> int:
    return (day.weekday() - _SUNDAY_OF_CALENDAR) % _DAYS_OF_WEEK + 1


def _every_some_days(schedule: Schedule, zone: tzinfo, now: int) -> Iterator[datetime]:
    anchor = _wall(schedule.anchor, zone)
    # One interval early, because days have 23 to 25 hours where daylight saving applies.
    before = (_wall(now, zone) - anchor) // _DAY // schedule.days - 1
    for number in count(before):
        try:
            yield anchor + number * schedule.days * _DAY
        except OverflowError:  # an interval of millions of years
            if number > 0:
                yield _END_OF_TIME


def _wall(instant: int, zone: tzinfo) -> datetime:
    seconds, milliseconds = divmod(instant, 1000)
    there = datetime.fromtimestamp(seconds, zone) + timedelta(milliseconds=milliseconds)
    return there.replace(tzinfo=None)


def _instant(wall: datetime, zone: tzinfo) -> int:
    """Return the instant of a wall clock time."""
    if wall == _END_OF_TIME:
        return INSTANT_MAX + 1
    first, second = (_milliseconds(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if first <= second:  # the time exists once or twice
        return first
    return _jump(second, first, zone)


def _jump(low: int, high: int, zone: tzinfo) -> int:
    """Return when the clocks jump, which they do once between `low` and `high`."""
    before = _wall(low, zone) - _wall(low, UTC)
    while high - low > 1:
        middle = (low + high) // 2
        if _wall(middle, zone) - _wall(middle, UTC) == before:
            low = middle
        else:
            high = middle
    return high


def _milliseconds(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
