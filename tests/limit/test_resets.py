"""When counters go back to 0: the documented vectors, daylight saving, and what holds for every schedule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.limit import zones
from redeemd.limit.resets import INSTANT_MAX, ResetType, Schedule, next_reset, resets

DAY_MS = 86_400_000
MONDAY = 2
ANCHOR = 1_767_225_600_000  # 2026-01-01


def ms(*parts, zone=UTC):
    """Return an instant by its parts."""
    return int(datetime(*parts, tzinfo=zone).timestamp() * 1000)


def daily(hour, zone=""):
    """Make a daily schedule."""
    return Schedule(ResetType.DAILY, hour=hour, time_zone=zones.zone(zone) if zone else None)


# Semantics 4.3, "Worked vectors".
VECTORS = [
    (daily(5), ms(2026, 1, 31, 4, 59, 59), 1_769_835_600_000),
    (daily(5), ms(2026, 1, 31, 5), 1_769_922_000_000),
    (Schedule(ResetType.WEEKLY, day_of_week=MONDAY), ms(2026, 2, 1, 23), 1_769_990_400_000),
    (Schedule(ResetType.WEEKLY, day_of_week=MONDAY), ms(2026, 2, 2), 1_770_595_200_000),
    (Schedule(ResetType.MONTHLY, day_of_month=31), ms(2026, 1, 31), 1_772_236_800_000),
    (Schedule(ResetType.MONTHLY, day_of_month=31), ms(2026, 2, 28), 1_774_915_200_000),
    (Schedule(ResetType.MONTHLY, day_of_month=31), ms(2024, 2, 1), 1_709_164_800_000),
    (Schedule(ResetType.DAYS, days=3, anchor=ANCHOR), ms(2026, 1, 3, 23, 59, 59), 1_767_484_800_000),
    (Schedule(ResetType.DAYS, days=3, anchor=ANCHOR), ms(2026, 1, 4), 1_767_744_000_000),
    (Schedule(ResetType.DAYS, days=3, anchor=ANCHOR), ms(2025, 12, 30, 12), 1_767_225_600_000),
]


@pytest.mark.parametrize(("schedule", "now", "expected"), VECTORS)
def test_the_documented_vectors(schedule, now, expected):
    """Each row of the table."""
    assert next_reset(schedule, now) == expected


def test_a_skipped_hour_is_the_moment_of_the_jump():
    """In Berlin on 2026-03-29 there is no 02:30; the reset of 2 o'clock is when the clocks jump, 01:00 UTC."""
    found = resets(daily(2, "Europe/Berlin"), ms(2026, 3, 28, 12), 2)
    assert found == [ms(2026, 3, 29, 1), ms(2026, 3, 30, 0)]


def test_a_repeated_hour_is_the_first_of_the_two():
    """In Berlin on 2026-10-25 there are two 02:00, at 00:00 and at 01:00 UTC; the first counts, and only it."""
    found = resets(daily(2, "Europe/Berlin"), ms(2026, 10, 24, 12), 2)
    assert found == [ms(2026, 10, 25, 0), ms(2026, 10, 26, 1)]


def test_a_skipped_day_is_the_moment_of_the_jump():
    """Samoa had no 2011-12-30: its reset is the midnight that ended the 29th, and that of the 31st is hours later."""
    found = resets(daily(5, "Pacific/Apia"), ms(2011, 12, 29, 20), 2)
    assert found == [ms(2011, 12, 30, 10), ms(2011, 12, 30, 15)]


def test_days_are_days_of_the_time_zone():
    """Every second day at noon of New York stays at noon when the clocks change."""
    zone = zones.zone("America/New_York")
    schedule = Schedule(ResetType.DAYS, days=2, anchor=ms(2026, 3, 6, 12, zone=zone), time_zone=zone)
    found = resets(schedule, ms(2026, 3, 6, 20), 2)
    assert found == [ms(2026, 3, 8, 16), ms(2026, 3, 10, 16)]


def test_a_limit_that_is_never_reset_has_no_reset():
    """notReset."""
    assert next_reset(Schedule(ResetType.NOT_RESET), ANCHOR) is None


def test_nothing_lies_behind_the_year_3000():
    """The last instant can be a reset, and none follows; an interval of millions of years has none at all."""
    assert next_reset(daily(0), INSTANT_MAX - 1) == INSTANT_MAX
    assert next_reset(daily(0), INSTANT_MAX) is None
    assert next_reset(Schedule(ResetType.DAYS, days=2_147_483_646, anchor=5), 10) is None
    assert next_reset(Schedule(ResetType.DAYS, days=2_147_483_646, anchor=INSTANT_MAX), 10) == INSTANT_MAX


SCHEDULES = st.builds(
    Schedule,
    reset_type=st.sampled_from([ResetType.DAILY, ResetType.WEEKLY, ResetType.MONTHLY, ResetType.DAYS]),
    hour=st.integers(0, 23),
    day_of_week=st.integers(1, 7),
    day_of_month=st.integers(1, 31),
    anchor=st.integers(0, INSTANT_MAX),
    days=st.integers(1, 1000),
    time_zone=st.none() | st.sampled_from(sorted(zones.names())).map(zones.zone),
)
LONGEST_MS = {ResetType.DAILY: 2 * DAY_MS, ResetType.WEEKLY: 9 * DAY_MS, ResetType.MONTHLY: 33 * DAY_MS}


@given(SCHEDULES, st.integers(0, ms(2900, 1, 1)))
def test_the_next_reset_is_later_and_not_too_late(schedule, now):
    """It is after now, within the longest interval of its kind, and the same for every moment until then."""
    following = next_reset(schedule, now)
    assert following > now
    assert following - now <= LONGEST_MS.get(schedule.reset_type, (schedule.days + 2) * DAY_MS)
    assert next_reset(schedule, (now + following) // 2) == following
    assert next_reset(schedule, following - 1) == following
    assert next_reset(schedule, following) > following


@given(SCHEDULES, st.integers(ms(2000, 1, 1), ms(2030, 1, 1)))
def test_a_reset_is_at_the_hour_of_its_time_zone(schedule, now):
    """On its wall clock it is the hour, the day of the week, the day of the month; or the clocks jumped just then."""
    if schedule.reset_type == ResetType.DAYS:
        return
    zone = schedule.time_zone or UTC
    following = next_reset(schedule, now)
    there = datetime.fromtimestamp(following // 1000, zone)
    before = datetime.fromtimestamp(following // 1000 - 1, zone)
    if there.replace(tzinfo=None) - before.replace(tzinfo=None) > timedelta(seconds=1):
        return  # a jump
    assert (there.hour, there.minute, there.second, following % 1000) == (schedule.hour, 0, 0, 0)
    if schedule.reset_type == ResetType.WEEKLY:
        assert there.isoweekday() % 7 + 1 == schedule.day_of_week
    if schedule.reset_type == ResetType.MONTHLY:
        last = (there.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        assert there.day == min(schedule.day_of_month, last.day)


@given(SCHEDULES, SCHEDULES, st.integers(0, INSTANT_MAX))
def test_schedules_of_one_fingerprint_reset_together(first, second, now):
    """The fingerprint holds all that matters."""
    if first.fingerprint == second.fingerprint:
        assert next_reset(first, now) == next_reset(second, now)
