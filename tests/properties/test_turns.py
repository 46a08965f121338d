"""Turns against a model: whatever comes in whatever order, none is exceeded, wasted or lost."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from redeemd.store.base import Busy
from redeemd.store.postgres.turns import Turns

NAMES = ("a", "b", "c")


# Properties


class Model:
    """Runs under Turns, and what must be true of them between any two events."""

    def __init__(self, *, at_once, waiting_max, seconds):
        self.turns = Turns(at_once=at_once, waiting_max=waiting_max, seconds=seconds)
        self.at_once = at_once
        self.names = {}  # by the number of the run, in the order of arrival
        self.ends, self.tasks = {}, {}
        self.under_way, self.waiting = set(), set()

    async def start(self, names):
        """Start a run; it gets as far as its queues."""
        number = len(self.names)
        self.names[number], self.ends[number] = names, asyncio.Event()
        self.waiting.add(number)
        self.tasks[number] = asyncio.create_task(self._run(number))
        await asyncio.sleep(0)

    async def _run(self, number):
        try:
            async with self.turns.taken(self.names[number]):
                self.waiting.discard(number)
                self.under_way.add(number)
                try:
                    await self.ends[number].wait()
                finally:
                    self.under_way.discard(number)
        except Busy:
            pass
        finally:
            self.waiting.discard(number)

    def end(self, pick):
        """End one of the runs under way."""
        if self.under_way:
            self.ends[sorted(self.under_way)[pick % len(self.under_way)]].set()

    def cancel(self, pick):
        """Cancel any run, also one whose turn has just come."""
        if self.tasks:
            self.tasks[pick % len(self.tasks)].cancel()

    def taken(self, name):
        """Return the number of runs of a name under way."""
        return sum(name in self.names[number] for number in self.under_way)

    def check(self):
        """Nobody is under way without a turn, and nobody waits who could begin."""
        taken = {name: self.taken(name) for name in NAMES}
        assert max(taken.values()) <= self.at_once
        for number in self.waiting:
            names = self.names[number]
            overtakes = any(set(names) & set(self.names[older]) for older in self.waiting if older < number)
            enough = max(1, self.at_once - 1) if overtakes else self.at_once
            assert any(taken[name] >= enough for name in names), (number, names, taken)


async def settled():
    """Run every task until it waits, timeouts of 0 seconds included."""
    for _ in range(12):
        await asyncio.sleep(0)


some_names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
events = st.lists(
    st.one_of(
        st.tuples(st.just("start"), some_names),
        st.tuples(st.just("end"), st.integers(0, 50)),
        st.tuples(st.just("cancel"), st.integers(0, 50)),
        st.just(("settle", None)),
    ),
    max_size=60,
)


@given(
    events=events,
    at_once=st.integers(1, 3),
    waiting_max=st.sampled_from([1, 500]),
    seconds=st.sampled_from([0.0, 1000.0]),
)
def test_turns_are_never_exceeded_wasted_or_lost(events, at_once, waiting_max, seconds):
    """This holds for any order of beginnings, ends, cancellations and timeouts, also at the same instant."""

    async def history():
        model = Model(at_once=at_once, waiting_max=waiting_max, seconds=seconds)
        for kind, value in events:
            if kind == "start":
                await model.start(value)
            elif kind == "settle":
                await settled()
                model.check()
            else:
                getattr(model, kind)(value)
        await settled()
        model.check()
        while model.under_way:  # without new arrivals, every run gets there
            model.end(0)
            await settled()
            model.check()
        assert not model.waiting
        assert len(model.turns) == 0
        await asyncio.gather(*model.tasks.values(), return_exceptions=True)

    asyncio.run(history())
