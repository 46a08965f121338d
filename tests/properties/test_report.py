"""The pure parts of the command `report`: parts of time, tables, bars."""

import csv
import itertools
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from redeemd.cli.reporting import curve, rows

QUARTER_MS = 900_000
ZONES = [UTC, *map(ZoneInfo, ("Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "Asia/Tokyo"))]
by = st.sampled_from(["hour", "day"])
zones = st.sampled_from(ZONES)
# Two weeks around the end of summer time in Europe and America in 2026.
FIRST = int(datetime(2026, 10, 20, tzinfo=UTC).timestamp()) * 1000 // QUARTER_MS
points = st.dictionaries(st.integers(0, 14 * 96), st.tuples(st.integers(0, 9), st.integers(0, 9))).map(
    lambda found: [((FIRST + at) * QUARTER_MS, *numbers) for at, numbers in sorted(found.items())]
)
tables = st.lists(
    st.tuples(st.text(st.characters(exclude_categories=["C", "Z"])), st.integers(0, 10**12)), min_size=1
).map(lambda found: [{"batch": name, "used": used} for name, used in found])


@given(points, by, zones)
def test_every_use_is_in_one_part(found, unit, zone):
    """The one that has its local hour or day; parts are in order, and no two are the same."""
    parts = curve.grouped(found, unit, zone)
    for number in (1, 2):
        assert sum(part[number] for part in parts) == sum(point[number] for point in found)
    starts = [part.start.astimezone(UTC) for part in parts]
    assert starts == sorted(set(starts))
    form = "%Y-%m-%d %H %z" if unit == "hour" else "%Y-%m-%d"
    local = {datetime.fromtimestamp(at / 1000, zone).strftime(form) for at, *_ in found}
    assert {part.start.strftime(form) for part in parts} == local


@given(points, by, zones)
def test_parts_without_a_use_are_filled_in(found, unit, zone):
    """Between others; each hour is an hour after the one before, each day is the next date; nothing is lost."""
    parts = curve.grouped(found, unit, zone)
    filled = curve.filled(parts, unit, zone)
    assert [part for part in filled if part in parts] == parts
    for one, other in itertools.pairwise(filled):
        if unit == "hour":
            assert other.start.astimezone(UTC) - one.start.astimezone(UTC) == timedelta(hours=1)
        else:
            assert other.start.date() - one.start.date() == timedelta(days=1)


def test_a_curve_that_would_be_too_long_is_not_filled():
    """Two uses centuries apart are two parts."""
    parts = curve.grouped([(FIRST * QUARTER_MS, 1, 0), ((FIRST + 10**6) * QUARTER_MS, 1, 0)], "hour", UTC)
    assert curve.filled(parts, "hour", UTC) == parts


@given(st.integers(0, 1000), st.integers(1, 1000), st.integers(1, 80))
def test_bars_are_as_long_as_their_values(value, most, room):
    """To an eighth of a column; the greatest fills the room, and only 0 has none."""
    drawn = rows.bar(value, most, room)
    eighths = sum(" ▏▎▍▌▋▊▉█".index(block) for block in drawn)
    assert len(drawn) <= room
    assert (eighths == 0) == (value == 0)
    assert abs(eighths - 8 * room * min(value, most) / most) <= 1


@given(tables, st.none() | st.integers(0, 200))
def test_a_table_shows_every_row(found, width):
    """Below the names of the columns; it draws only on a terminal, and within its width unless the cells are wider."""
    lines = list(rows.table(found, width=width))
    assert len(lines) == len(found) + 1
    assert lines[0].split() == ["batch", "used"]
    plain = list(rows.table(found, width=None))
    for line, undrawn, row in zip(lines[1:], plain[1:], found, strict=True):
        assert line.startswith(undrawn)
        assert f"{row['used']:,}" in undrawn
        assert "█" not in undrawn.removeprefix(row["batch"])
        assert len(line) <= max(width or 0, len(undrawn), *map(len, plain))


@given(tables)
def test_rows_can_be_read_back(found):
    """From CSV and from JSON."""
    for row in csv.DictReader(rows.csv_lines(found, heading=True)):
        assert {"batch": row["batch"], "used": int(row["used"])} in found
    assert [json.loads(line) for line in rows.json_lines(found)] == [
        {name: value for name, value in row.items() if value != ""} for row in found
    ]
