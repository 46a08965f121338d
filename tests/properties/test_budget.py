"""Budgets in the store against the bucket in the process, by clocks that run evenly and by clocks that are set."""

import asyncio
import contextlib
import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redeemd.serialkey.errors import TooManyGuesses
from redeemd.serialkey.guessing import budget
from redeemd.serialkey.guessing.buckets import Buckets, RateLimit
from redeemd.store import migrate
from redeemd.store.sql import query
from redeemd.store.sqlite.store import SqliteStore

many = settings(max_examples=150, deadline=None)
LIMITS = st.builds(RateLimit, st.integers(1, 5), st.integers(1, 50))
START = 1_000_000
texts = itertools.count()  # no text twice
NAMESPACE = query(
    "namespace",
    "INSERT INTO namespace (service, name, salt, body, created_at, updated_at, revision)"
    " VALUES ('s', 'n', x'', x'', 0, 0, 1)",
)


@pytest.fixture(scope="module")
def take():
    """Take a guess of a player by a clock; return how many milliseconds are missing."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner, contextlib.ExitStack() as stack:
        store = runner.run(SqliteStore.open(Path(folder) / "db"))
        stack.callback(lambda: runner.run(store.close()))
        runner.run(migrate.apply(store, now=1))

        async def reserve(tx, player, limit, now):
            try:
                await budget.reserve(tx, 1, player, limit, f"{next(texts):016x}", now=now)
            except TooManyGuesses as refusal:
                return refusal.retry_after_ms
            return 0

        def call(player, limit, now):
            return runner.run(store.run(lambda tx: reserve(tx, player, limit, now), write=True))

        runner.run(store.run(lambda tx: tx.run(NAMESPACE), write=True))
        yield call


@pytest.fixture(scope="module")
def players():
    """Return a new player each time."""
    return iter(map(str, range(1_000_000)))


@many
@given(LIMITS, st.lists(st.integers(0, 60), max_size=20))
def test_by_a_clock_that_runs_evenly_it_is_the_bucket(take, players, limit, pauses):
    """Taken or refused, and for how long."""
    buckets, player, now = Buckets(), next(players), START
    for pause in pauses:
        now += pause
        assert take(player, limit, now) == buckets.take(player, limit, now=now).retry_after_ms


@many
@given(LIMITS, st.lists(st.integers(-1000, 1000), max_size=20))
def test_however_the_clock_is_set_nobody_waits_longer_than_a_guess_takes(take, players, limit, steps):
    """And after that time by the clock as it is then, there is a guess."""
    player, now = next(players), START
    for step in steps:
        now += step
        missing = take(player, limit, now)
        assert 0 <= missing <= limit.interval
        if missing:
            assert take(player, limit, now + missing) == 0
            now += missing


@many
@given(LIMITS, st.integers(0, 10), st.integers(1, 1000))
def test_a_clock_set_back_by_more_than_the_budget_leaves_it_whole_once(take, players, limit, taken, further):
    """As many guesses as the burst, and then none."""
    player = next(players)
    for _ in range(taken):
        take(player, limit, START)
    now = START - limit.span - further
    found = [take(player, limit, now) for _ in range(limit.burst + 1)]
    assert found == [0] * limit.burst + [limit.interval]
