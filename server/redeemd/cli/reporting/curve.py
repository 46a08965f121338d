"""The curve of redemptions by the hours or days of a time zone. Pure functions."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, NamedTuple

# A curve with more parts than this, those without a use among them, is not filled with these.
FILLED_MAX = 2_000

By = Literal["hour", "day"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = timedelta(minutes=15)  # the hours and days of all time zones consist of these


class Part(NamedTuple):
    """How many codes were used in an hour or a day that begins at `start`, and how many of these uses were reverted."""

    start: datetime
    used: int
    reverted: int


def grouped(points: Iterable[tuple[int, int, int]], by: By, zone: tzinfo) -> list[Part]:
    """Return the parts of time with uses. Points are the start of a quarter of an hour in Unix milliseconds, and the
    numbers of codes that were used and of uses that were reverted, in the order of time.
    """
    parts: list[Part] = []
    for milliseconds, used, reverted in points:
        start = start_of(_EPOCH + timedelta(milliseconds=milliseconds), by, zone)
        if parts and _same(parts[-1].start, start):
            last = parts[-1]
            parts[-1] = Part(start, last.used + used, last.reverted + reverted)
        else:
            parts.append(Part(start, used, reverted))
    return parts


def filled(parts: list[Part], by: By, zone: tzinfo) -> list[Part]:
    """Return the parts and those between them, unless there would be more than FILLED_MAX."""
    if not parts:
        return parts
    span = parts[-1].start.astimezone(UTC) - parts[0].start.astimezone(UTC)
    if span / timedelta(**{f"{by}s": 1}) > FILLED_MAX:
        return parts
    known = {part.start.astimezone(UTC): part for part in parts}
    starts = _starts(parts[0].start, parts[-1].start, by, zone)
    return [known.get(start.astimezone(UTC)) or Part(start, 0, 0) for start in starts]


def _starts(first: datetime, last: datetime, by: By, zone: tzinfo) -> Iterator[datetime]:
    """Yield the starts of all parts from one to another."""
    moment, latest, end = first.astimezone(UTC), first, last.astimezone(UTC)
    yield first
    while moment < end:
        moment += _QUARTER
        start = start_of(moment, by, zone)
        if not _same(latest, start):
            latest = start
            yield start


def start_of(moment: datetime, by: By, zone: tzinfo) -> datetime:
    """Return the start of the hour or day of a time zone in which a moment is.

    An hour that clocks repeat is two hours. A day that clocks begin late starts at midnight nevertheless.
    """
    local = moment.astimezone(zone)
    if by == "hour":
        return local.replace(minute=0, second=0, microsecond=0)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _same(one: datetime, other: datetime) -> bool:
    """Return whether two local times are the same moment; datetimes of one zone compare without their offset."""
    return one.astimezone(UTC) == other.astimezone(UTC)
