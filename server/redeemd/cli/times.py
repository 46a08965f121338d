"""Times as people type them on the command line, and periods as it prints them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, tzinfo
from typing import Annotated, TypeVar

import typer

from redeemd.cli.output import complain

# The bounds of the contract. A time before the first is a mistake, most often one in seconds instead of milliseconds.
TIME_MIN_MS = 946_684_800_000  # the year 2000
TIME_MAX_MS = 32_503_680_000_000  # the year 3000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_UTC = "UTC"
_DIGITS_MAX = 20
_VALIDITY = ("--valid-from", "--valid-until")

FORMS = "2026-12-31, 2026-12-31T12:00, 2026-12-31T12:00+09:00, 2026-12-31T03:00Z, or Unix milliseconds"

T = TypeVar("T")

ValidFrom = Annotated[str, typer.Option(help=f"Usable from this time on: {FORMS}.")]
ValidUntil = Annotated[str, typer.Option(help="Usable until before this time.")]
Zone = Annotated[str, typer.Option(help="The time zone of times without an offset, such as Asia/Tokyo.")]


@dataclass(frozen=True, slots=True)
class Period:
    """When codes can be used: from `start` until before `end`, in Unix milliseconds; None means no bound."""

    start: int | None
    end: int | None
    zone: tzinfo
    zone_name: str

    @classmethod
    def parse(cls, start_text: str, end_text: str, zone_name: str, *, options: tuple[str, str] = _VALIDITY) -> "Period":
        """Return the period in two options of a command; an empty text is no bound. Raises typer.BadParameter."""
        from_option, until_option = options
        zone = _of_option("--zone", lambda: parse_zone(zone_name))
        start = _of_option(from_option, lambda: parse_time(start_text, zone) if start_text else None)
        end = _of_option(until_option, lambda: parse_time(end_text, zone) if end_text else None)
        if start is not None and end is not None and start >= end:
            raise typer.BadParameter(f"{until_option} must be later than {from_option}")
        return cls(start, end, zone, zone_name)

    def show(self) -> None:
        """Print the period in UTC and in its zone, to standard error: commands print their results alone."""
        complain(f"usable {self._text(UTC)} (UTC)")
        if self.zone_name != _UTC:
            complain(f"usable {self._text(self.zone)} ({self.zone_name})")

    def show_bounds(self) -> None:
        """Print the period, unless it has no bound."""
        if self.start is not None or self.end is not None:
            self.show()

    def _text(self, zone: tzinfo) -> str:
        start = None if self.start is None else f"from {text_of(self.start, zone)}"
        end = None if self.end is None else f"until before {text_of(self.end, zone)}"
        return " ".join(filter(None, (start, end))) or "at any time"


def parse_zone(name: str) -> tzinfo:
    """Return a time zone. Raises ValueError with a sentence for people."""
    if name == _UTC:
        return UTC
    from redeemd.limit import zones  # noqa: PLC0415 -- reads the list of all zones

    if name not in zones.names():
        raise ValueError(f"there is no time zone {name!r}; zones have names such as Asia/Tokyo or Europe/Berlin")
    return zones.zone(name)


def parse_time(text: str, zone: tzinfo) -> int:
    """Return a time as Unix milliseconds; without an offset, it is local time of `zone`.

    Raises ValueError with a sentence for people: for any other text, for a local time that clocks of the zone skip or
    show twice, and for a time outside TIME_MIN_MS and TIME_MAX_MS.
    """
    if text.isascii() and text.isdigit() and len(text) < _DIGITS_MAX:
        return _checked(text, int(text))
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write {FORMS}") from None
    if time.tzinfo is None:
        in_utc = not MINYEAR < time.year < MAXYEAR  # out of bounds, and of what zones can convert
        time = time.replace(tzinfo=UTC) if in_utc else _in_zone(text, time, zone)
    return _checked(text, _milliseconds(time))


def text_of(milliseconds: int, zone: tzinfo) -> str:
    """Return a time with its offset, to the second or, where it has some, the millisecond."""
    time = (_EPOCH + milliseconds * _MILLISECOND).astimezone(zone)
    return time.isoformat(timespec="milliseconds" if milliseconds % 1000 else "seconds")


def _milliseconds(time: datetime) -> int:
    return (time - _EPOCH) // _MILLISECOND


def _in_zone(text: str, time: datetime, zone: tzinfo) -> datetime:
    """Return a local time of a zone. Raises ValueError if it does not occur once."""
    first, second = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != time.replace(fold=0):
        raise ValueError(f"{text} does not occur in {zone}, where clocks skip it; write another time or add an offset")
    if first.utcoffset() != second.utcoffset():
        raise ValueError(f"{text} occurs twice in {zone}, where clocks are set back; add an offset")
    return first


def _checked(text: str, milliseconds: int) -> int:
    if milliseconds < TIME_MIN_MS:
        seconds = text.isdigit() and TIME_MIN_MS <= milliseconds * 1000 < TIME_MAX_MS
        hint = f"; a number is in milliseconds, so write {milliseconds * 1000} if it is in seconds" if seconds else ""
        raise ValueError(f"{text} is before the year 2000{hint}")
    if milliseconds > TIME_MAX_MS:
        raise ValueError(f"{text} is after the year 2999")
    return milliseconds


def _of_option(name: str, parse: Callable[[], T]) -> T:
    try:
        return parse()
    except ValueError as problem:
        raise typer.BadParameter(f"{name}: {problem}") from None
