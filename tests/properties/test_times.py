"""Times of the command line: every spelling of a time is read as that time, and nothing else is."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from redeemd.cli.times import TIME_MAX_MS, TIME_MIN_MS, Period, parse_time, parse_zone, text_of
from redeemd.limit import zones

TIMES = st.integers(TIME_MIN_MS, TIME_MAX_MS)
ZONES = st.sampled_from(["UTC", "Asia/Tokyo", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu"])
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(TIMES, OFFSETS, ZONES)
def test_a_time_with_an_offset_means_the_same_in_every_zone(time, offset, zone):
    """The offset is honoured, Z is one, and so are Unix milliseconds."""
    for text in (text_of(time, offset), text_of(time, UTC).replace("+00:00", "Z"), str(time)):
        assert parse_time(text, parse_zone(zone)) == time


@given(TIMES, ZONES)
def test_a_time_without_an_offset_is_local_or_asked_about(time, zone):
    """What a clock of the zone shows is that time, unless it shows it twice."""
    local = text_of(time, parse_zone(zone))[: 23 if time % 1000 else 19]
    try:
        assert parse_time(local, parse_zone(zone)) == time
    except ValueError as problem:
        assert "twice" in str(problem)


@given(st.datetimes(datetime.fromisoformat("2000-01-02"), datetime.fromisoformat("2037-01-01")), ZONES)
def test_what_is_read_is_shown_as_it_was_typed(local, zone):
    """Also around the changes of clocks, where there are times that do not occur."""
    text = local.isoformat(timespec="milliseconds")
    try:
        time = parse_time(text, parse_zone(zone))
    except ValueError as problem:
        assert "does not occur" in str(problem) or "occurs twice" in str(problem)
    else:
        assert text_of(time, parse_zone(zone))[:19] == text[:19]


@given(st.text(max_size=40) | st.from_regex(r"\A[0-9T:+Z .-]{1,30}\Z"), ZONES)
def test_any_text_is_a_time_or_is_explained(text, zone):
    """A time within the bounds, or a ValueError in words."""
    try:
        assert TIME_MIN_MS <= parse_time(text, parse_zone(zone)) <= TIME_MAX_MS
    except ValueError as problem:
        assert "year" in str(problem) or "time" in str(problem) or "occur" in str(problem)


@given(st.integers(TIME_MIN_MS // 1000, TIME_MAX_MS // 1000 - 1))
def test_seconds_are_refused_with_the_milliseconds(seconds):
    """They would be in 1970 or soon after; all that fall before 2000 get the hint."""
    assume(seconds < TIME_MIN_MS)
    with pytest.raises(ValueError, match=f"write {seconds * 1000} if it is in seconds"):
        parse_time(str(seconds), UTC)


@pytest.mark.parametrize(
    ("text", "zone", "words"),
    [
        ("2026-03-29T02:30", "Europe/Berlin", "does not occur"),
        ("2026-10-25T02:30", "Europe/Berlin", "occurs twice"),
        ("1999-12-31", "UTC", "before the year 2000"),
        ("0001-01-01T00:00+14:00", "UTC", "before the year 2000"),
        ("9999-12-31T23:59:59-14:00", "Asia/Tokyo", "after the year 2999"),
        ("9999-12-31", "Asia/Tokyo", "after the year 2999"),
        ("20261231", "UTC", "before the year 2000"),
        ("tomorrow", "UTC", "is no time"),
        ("", "UTC", "is no time"),
        ("9" * 5000, "UTC", "is no time"),
    ],
)
def test_a_wrong_time_is_explained(text, zone, words):
    """One sentence each."""
    with pytest.raises(ValueError, match=words):
        parse_time(text, parse_zone(zone))


def test_every_zone_has_a_name():
    """All zones of the package are known, and others are refused with examples."""
    assert all(parse_zone(name) for name in sorted(zones.names()))
    with pytest.raises(ValueError, match="Asia/Tokyo"):
        parse_zone("Asia/Tokio")


def test_a_period_is_shown_in_utc_and_in_its_zone(capsys):
    """Both bounds, one, or none."""
    Period.parse("2026-12-01", "2026-12-31T12:00:00.5", "Asia/Tokyo").show()
    Period.parse("", "2026-12-01T00:00Z", "UTC").show()
    Period.parse("", "", "UTC").show()
    Period.parse("", "", "Asia/Tokyo").show_bounds()
    assert capsys.readouterr().err.splitlines() == [
        "usable from 2026-11-30T15:00:00+00:00 until before 2026-12-31T03:00:00.500+00:00 (UTC)",
        "usable from 2026-12-01T00:00:00+09:00 until before 2026-12-31T12:00:00.500+09:00 (Asia/Tokyo)",
        "usable until before 2026-12-01T00:00:00+00:00 (UTC)",
        "usable at any time (UTC)",
    ]
