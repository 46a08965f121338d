"""The queues in front of the connections: who waits, for how long, in which order, and what is left of it."""

import asyncio
import itertools
import random

import pytest
from redeemd.store.base import Busy
from redeemd.store.postgres.turns import AT_ONCE, Turns
from support.patience import WAIT_SECONDS
from support.store_faults import until

NAMES = ("a", "b", "c")


class Runs:
    """Runs that hold their turns until they are released."""

    def __init__(self, turns):
        self._turns = turns
        self._ends = {}
        self._tasks = {}
        self.began = []

    async def _run(self, number, names):
        async with self._turns.taken(names):
            self.began.append(number)
            await self._ends[number].wait()

    async def start(self, number, *names):
        """Start a run; it has got as far as it can."""
        self._ends[number] = asyncio.Event()
        self._tasks[number] = asyncio.create_task(self._run(number, names))
        await asyncio.sleep(0)

    async def end(self, number):
        """End one, and wait for it; then the next has begun."""
        self._ends[number].set()
        await self._tasks[number]
        await asyncio.sleep(0)

    async def finish(self):
        """End all, also those that wait."""
        for end in self._ends.values():
            end.set()
        await asyncio.gather(*self._tasks.values())

    async def cancel(self, number):
        """Cancel one."""
        self._tasks[number].cancel()
        await asyncio.gather(self._tasks[number], return_exceptions=True)
        await asyncio.sleep(0)


async def test_few_of_a_name_are_under_way_and_the_others_follow_in_their_order():
    """First come, first served; another name does not wait."""
    runs = Runs(Turns(at_once=2))
    for number in range(6):
        await runs.start(number, "a")
    await runs.start(6, "b")
    assert runs.began == [0, 1, 6]
    for number in range(6):
        await runs.end(number)
    assert runs.began == [0, 1, 6, 2, 3, 4, 5]


async def test_a_queue_has_an_end():
    """One more than may wait is refused at once; when there is room again, the next is taken."""
    turns = Turns(at_once=1, waiting_max=2)
    runs = Runs(turns)
    for number in range(3):
        await runs.start(number, "a")
    with pytest.raises(Busy):
        async with turns.taken(["a"]):
            pytest.fail("there is no room")
    await runs.end(0)
    await runs.start(3, "a")
    for number in (1, 2, 3):
        await runs.end(number)
    assert runs.began == [0, 1, 2, 3]


async def test_who_waits_too_long_is_refused_and_keeps_nobody_waiting():
    """It leaves the queue, and gives back what it held of other names."""
    turns = Turns(at_once=1, seconds=0.01)
    runs = Runs(turns)
    await runs.start(0, "b")
    with pytest.raises(Busy):
        async with turns.taken(["a", "b"]):
            pytest.fail("it is not its turn")
    await runs.start(1, "a")
    assert runs.began == [0, 1]
    for number in (0, 1):
        await runs.end(number)
    assert len(turns) == 0


async def test_who_is_cancelled_while_waiting_is_passed_over():
    """The turn goes to the next, also when the cancellation comes together with the turn."""
    turns = Turns(at_once=1)
    runs = Runs(turns)
    for number in range(4):
        await runs.start(number, "a")
    await runs.cancel(1)
    runs._ends[0].set()
    runs._tasks[2].cancel()
    await until(lambda: runs.began == [0, 3])
    await runs.end(3)
    assert len(turns) == 0


@pytest.mark.parametrize("seed", range(20))
async def test_runs_of_several_names_never_wait_in_a_circle(seed):
    """Names may be given in any order; finally no name uses memory, whichever runs were cancelled."""
    draw = random.Random(seed)
    turns, at_once = Turns(), []
    under_way = dict.fromkeys(NAMES, 0)

    async def run():
        names = draw.sample(NAMES, draw.randint(1, 3))
        async with turns.taken(names):
            for name in names:
                under_way[name] += 1
            at_once.append(max(under_way.values()))
            try:
                await asyncio.sleep(0)
            finally:
                for name in names:
                    under_way[name] -= 1

    tasks = [asyncio.create_task(run()) for _ in range(200)]
    await asyncio.sleep(0)
    for task in itertools.islice(tasks, 0, None, 7):
        task.cancel()
    outcomes = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), WAIT_SECONDS)
    assert max(at_once) == AT_ONCE
    assert {type(outcome) for outcome in outcomes} <= {type(None), asyncio.CancelledError}
    assert len(turns) == 0


async def test_a_run_that_waits_for_a_busy_name_delays_no_run_of_its_other_names():
    """It holds no turn while it waits; runs of the other name begin at once, as many as at other times."""
    runs = Runs(Turns())
    for number in range(4):
        await runs.start(number, "busy")
    for number in range(4, 8):
        await runs.start(number, "a", "busy")
    for number in range(8, 8 + AT_ONCE):
        await runs.start(number, "a")
    assert runs.began == [0, 1, 8, 9]
    await runs.finish()


async def test_a_run_of_two_names_that_are_never_free_at_the_same_time_begins():
    """As soon as it is first in both queues, later runs leave it a turn at each of the names."""
    runs = Runs(Turns())
    for number, name in enumerate(("a", "a", "b", "b", "a", "b")):
        await runs.start(number, name)
    await runs.start("both", "a", "b")
    for number, name in enumerate(("a", "b") * 10, start=6):
        await runs.start(number, name)
    for number in (0, 2):
        await runs.end(number)
    assert runs.began == [0, 1, 2, 3, 4, 5]
    await runs.end(1)
    assert "both" not in runs.began
    await runs.end(3)
    assert runs.began[-1] == "both"
    await runs.finish()


async def test_a_reservation_leaves_a_turn_to_others():
    """While a run is first in all of its queues and waits for one name, runs of the other follow each other."""
    runs = Runs(Turns())
    for number in range(AT_ONCE):
        await runs.start(number, "busy")
    await runs.start("both", "a", "busy")
    for number in range(10, 15):
        await runs.start(number, "a")
    for number in range(10, 15):
        await runs.end(number)
    assert runs.began == [0, 1, 10, 11, 12, 13, 14]
    await runs.finish()


async def test_a_reservation_ends_with_its_run():
    """The run leaves while it waits: what had to leave it a turn begins at once."""
    runs = Runs(Turns())
    for number in range(AT_ONCE):
        await runs.start(number, "busy")
    await runs.start("both", "a", "busy")
    for number in (10, 11):
        await runs.start(number, "a")
    assert runs.began == [0, 1, 10]
    await runs.cancel("both")
    assert runs.began == [0, 1, 10, 11]
    for number in (0, 1, 10, 11):
        await runs.end(number)


async def test_the_time_limit_is_for_all_names_together():
    """A run that waits for two names, one after the other, is refused before one that began to wait after it."""
    turns, refused = Turns(at_once=1, seconds=0.4), []
    runs = Runs(turns)
    await runs.start("a", "a")
    await runs.start("b", "b")

    async def waiting(number, *names):
        with pytest.raises(Busy):
            async with turns.taken(names):
                pytest.fail("b is busy")
        refused.append(number)

    tasks = [asyncio.create_task(waiting("first", "a", "b")), asyncio.create_task(waiting("second", "b"))]
    await asyncio.sleep(0.2)
    await runs.end("a")
    await asyncio.gather(*tasks)
    assert refused == ["first", "second"]
    await runs.finish()
