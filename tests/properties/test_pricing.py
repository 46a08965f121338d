"""Prices of incremental exchanges and skipped waits, compared with plain sums and fractions.

Semantics 3.3, 12.15 and 12.19.
"""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from redeemd.exchange import pricing
from redeemd.exchange.pricing import Calculation, PriceTooHigh
from redeemd.exchange.skipping import SkipType, skipped

PRICE_MAX = 2**63 - 1  # what 64 bits hold
COUNT_MAX = 2_147_483_646  # the documented greatest int
VALUE_MAX = 9_223_372_036_854_775_805  # the documented greatest long
LOCK_MAX = 538_214_400 * 60  # the longest documented lock time

many = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))

CALCULATIONS = st.sampled_from(Calculation)
VALUES = st.one_of(st.integers(0, 100), st.integers(0, VALUE_MAX))
COUNTS = st.one_of(st.integers(0, 100), st.integers(0, COUNT_MAX))
FEW = st.integers(1, 60)
ANY_COUNT = st.one_of(FEW, st.integers(1, COUNT_MAX))
SMALL = st.integers(0, 10_000)  # no price of such values is too high

SECONDS = st.one_of(st.integers(0, 10_000), st.integers(0, LOCK_MAX))
MINUTES = st.one_of(st.integers(0, 200), st.integers(0, COUNT_MAX))
RATES = st.one_of(st.floats(0, 1), st.integers(0, 100).map(lambda percent: percent / 100))
TYPES = st.sampled_from(SkipType)


def unit(calculation, base, coefficient, count):
    """Return what one exchange costs after `count` ones, as the table of semantics 3.3 has it."""
    if calculation == Calculation.LINEAR:
        return base + coefficient * count
    return coefficient * (count + 1) ** 2


def price(calculation, base, coefficient, before, count):
    """Return the price, or the PriceTooHigh that is raised instead."""
    try:
        return pricing.price(calculation, base=base, coefficient=coefficient, before=before, count=count)
    except PriceTooHigh as refusal:
        return refusal


def check(calculation, base, coefficient, before, count):
    """Compare a price with the sum of its units: at most PRICE_MAX it is that, beyond it is refused."""
    total = sum(unit(calculation, base, coefficient, before + each) for each in range(count))
    found = price(calculation, base, coefficient, before, count)
    if total > PRICE_MAX:
        assert isinstance(found, PriceTooHigh)
        assert found.price == total
    else:
        assert found == total
        assert 0 <= found <= PRICE_MAX


@many
@given(CALCULATIONS, VALUES, VALUES, COUNTS, FEW)
def test_a_price_is_the_sum_of_its_units(calculation, base, coefficient, before, count):
    """This holds for any values and any count."""
    check(calculation, base, coefficient, before, count)


@many
@given(st.integers(-3, 3), st.integers(0, COUNT_MAX), st.integers(0, 1000))
@example(beyond=0, before=0, coefficient=0)
@example(beyond=1, before=0, coefficient=0)
def test_a_price_is_too_high_exactly_beyond_64_bits(beyond, before, coefficient):
    """The last good price is 2^63 - 1, and the next one is refused."""
    base = PRICE_MAX + beyond - coefficient * before
    found = price(Calculation.LINEAR, base, coefficient, before, 1)
    assert isinstance(found, PriceTooHigh) if beyond > 0 else found == PRICE_MAX + beyond


@many
@given(CALCULATIONS, COUNTS, FEW, st.integers(-2, 2))
def test_a_coefficient_that_just_fits_is_not_refused(calculation, before, count, more):
    """Around the greatest coefficient whose price fits, which is another one for every count."""
    factor = sum(unit(calculation, 0, 1, before + each) for each in range(count))
    coefficient = max(0, PRICE_MAX // max(1, factor) + more)
    check(calculation, 0, coefficient, before, count)


@many
@given(CALCULATIONS, VALUES, VALUES, COUNTS, st.tuples(ANY_COUNT, ANY_COUNT))
def test_all_at_once_costs_what_one_after_the_other_does(calculation, base, coefficient, before, counts):
    """Also for millions at once; and if the total is too high, its parts have the same sum."""
    first, second = counts
    whole, one, other = (
        found.price if isinstance(found, PriceTooHigh) else found
        for found in (
            price(calculation, base, coefficient, before, first + second),
            price(calculation, base, coefficient, before, first),
            price(calculation, base, coefficient, before + first, second),
        )
    )
    assert whole == one + other


@many
@given(CALCULATIONS, SMALL, SMALL, SMALL, st.integers(1, 1000))
def test_prices_never_fall(calculation, base, coefficient, before, count):
    """Neither with what was exchanged before nor with how much is exchanged now; and none is below 0."""
    found = price(calculation, base, coefficient, before, count)
    assert 0 <= found <= price(calculation, base, coefficient, before + 1, count)
    assert found <= price(calculation, base, coefficient, before, count + 1)


def test_the_prices_of_the_worked_example():
    """Semantics 11.5."""
    assert [price(Calculation.LINEAR, 10, 10, before, 1) for before in range(3)] == [10, 20, 30]
    assert price(Calculation.LINEAR, 10, 10, 0, 3) == 60
    assert [price(Calculation.POWER, 0, 5, before, 1) for before in range(3)] == [5, 20, 45]


@st.composite
def waits(draw):
    """Draw a wait that may come about: what is skipped is at most the lock."""
    lock = draw(SECONDS)
    skip = draw(st.one_of(st.sampled_from([0, lock]), st.integers(0, lock)))
    return {"lock": lock, "skip": skip, "elapsed": draw(SECONDS)}


@st.composite
def waits_under_way(draw):
    """Draw a wait that is not over."""
    elapsed, skip, remaining = draw(SECONDS), draw(SECONDS), draw(st.integers(1, LOCK_MAX))
    return {"lock": elapsed + skip + remaining, "skip": skip, "elapsed": elapsed}


@many
@given(TYPES, waits(), MINUTES, RATES)
def test_a_skip_is_what_the_table_says(skip_type, wait, minutes, rate):
    """The table of semantics 3.3, in fractions of the rate as it is written."""
    lock, skip = wait["lock"], wait["skip"]
    written = Fraction(Decimal(str(rate)))
    remaining = max(0, lock - skip - wait["elapsed"])
    expected = {
        SkipType.COMPLETE: lock,
        SkipType.MINUTES: min(lock, skip + minutes * 60),
        SkipType.TOTAL_RATE: min(lock, skip + lock * written.numerator // written.denominator),
        SkipType.REMAIN_RATE: min(lock, skip + remaining * written.numerator // written.denominator),
    }
    assert skipped(skip_type, **wait, minutes=minutes, rate=rate) == expected[skip_type]


@many
@given(TYPES, waits(), MINUTES, RATES)
def test_a_skip_stays_within_its_bounds(skip_type, wait, minutes, rate):
    """It takes nothing back, and is never more than the lock."""
    found = skipped(skip_type, **wait, minutes=minutes, rate=rate)
    assert isinstance(found, int)
    assert wait["skip"] <= found <= wait["lock"]


@many
@given(TYPES, waits(), st.tuples(MINUTES, MINUTES), st.tuples(RATES, RATES))
def test_who_skips_more_waits_less(skip_type, wait, minutes, rates):
    """A skip never shrinks with the minutes, the rate, or what was skipped before."""
    (minutes, more_minutes), (rate, higher_rate) = sorted(minutes), sorted(rates)
    found = skipped(skip_type, **wait, minutes=minutes, rate=rate)
    assert found <= skipped(skip_type, **wait, minutes=more_minutes, rate=higher_rate)
    if wait["skip"] < wait["lock"]:
        assert found <= skipped(skip_type, **wait | {"skip": wait["skip"] + 1}, minutes=minutes, rate=rate)


@many
@given(waits(), st.integers(0, LOCK_MAX))
def test_what_remains_never_grows_with_time(wait, later):
    """Skipping part of the remaining wait later skips less, and after its end nothing."""
    earlier, after = sorted((wait["elapsed"], later))
    early, late = (
        skipped(SkipType.REMAIN_RATE, **wait | {"elapsed": elapsed}, minutes=0, rate=0.5)
        for elapsed in (earlier, after)
    )
    assert late <= early
    if after >= wait["lock"] - wait["skip"]:
        assert late == wait["skip"]


@many
@given(waits_under_way())
def test_all_of_what_remains_ends_the_wait_now(wait):
    """Skipping the whole rest lets the reward be acquired at this very second, and no second of it is given away."""
    found = skipped(SkipType.REMAIN_RATE, **wait, minutes=0, rate=1.0)
    assert wait["lock"] - found == wait["elapsed"]


@many
@given(st.integers(0, 15).flatmap(lambda digits: st.tuples(st.integers(0, 10**digits), st.just(digits))), SECONDS)
@example(decimal=(29, 2), lock=100)
def test_a_rate_counts_as_it_is_written(decimal, lock):
    """0.29 of 100 seconds are 29, though the nearest double to 0.29 is a little less."""
    numerator, digits = decimal
    rate = float(f"{numerator}e-{digits}")
    for skip_type in (SkipType.TOTAL_RATE, SkipType.REMAIN_RATE):
        found = skipped(skip_type, lock=lock, skip=0, elapsed=0, minutes=0, rate=rate)
        assert found == lock * numerator // 10**digits


@pytest.mark.parametrize(
    ("elapsed", "skip_type", "amount", "skip", "expected"),
    [
        (0, SkipType.MINUTES, 10, 0, 600),
        (0, SkipType.TOTAL_RATE, 0.5, 600, 2400),
        (600, SkipType.REMAIN_RATE, 0.5, 2400, 2700),
        (600, SkipType.MINUTES, 1000, 2700, 3600),
        (600, SkipType.COMPLETE, 0, 2700, 3600),
    ],
)
def test_the_skips_of_the_worked_example(elapsed, skip_type, amount, skip, expected):
    """Semantics 11.4."""
    found = skipped(skip_type, lock=3600, skip=skip, elapsed=elapsed, minutes=int(amount), rate=amount)
    assert found == expected
