"""Deliveries that go to a handler in batches; all that holds of those that go alone, test_deliveries has."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.handlers.batching import CHARACTERS_MAX, batches
from redeemd.handlers.outbox import LeasedDelivery
from redeemd.handlers.ports import Execution
from support.deliveries import DEAD, DELIVERED, deliveries, give, settled, states
from support.exchanges import make_exchanges
from support.handler import until
from support.service import running

PLAYERS = [f"player-{number}" for number in range(30)]


@pytest.fixture(name="batches")
def _batches():
    return True


async def give_all(exchanges, **fields):
    """Give each player something, all at the same time."""
    await asyncio.gather(*(exchanges.run(user_id=user_id, acquire=[give(**fields)]) for user_id in PLAYERS))


async def test_what_is_due_together_comes_together(exchanges, handler):
    """While one call is under way, what the others bought goes in one; each is executed once."""
    handler.script("hang")
    await exchanges.run(acquire=[give()])
    await until(handler.calls)
    await give_all(exchanges)
    await settled(exchanges, *[DELIVERED] * 31)
    assert max(max(found) for found in handler.together().values()) > 1
    assert [handler.items(user_id) for user_id in PLAYERS] == [1] * 30
    assert handler.contents_differ() == []


@pytest.mark.parametrize("how", ["all-FAILED_PRECONDITION", "all-UNAVAILABLE", "silent", "odd", "die", "hang", "late"])
async def test_a_batch_without_a_clear_response_is_redelivered_one_by_one(exchanges, handler, how):
    """Neither an ambiguous result for the batch nor a missing one for an item loses or repeats a delivery."""
    handler.script(how, "ok", how)
    await give_all(exchanges)
    if how == "die":
        for _ in range(2):
            await handler.dead()
            await handler.start()
    await settled(exchanges, *[DELIVERED] * 30)
    assert [handler.items(user_id) for user_id in PLAYERS] == [1] * 30
    assert handler.contents_differ() == []
    assert all(again == 1 for _, *more in handler.together().values() for again in more)


async def test_one_that_is_refused_is_dead_alone(exchanges, handler):
    """The others of its batch arrive."""
    handler.script("ok", "FAILED_PRECONDITION")
    await give_all(exchanges)

    async def ended():
        return sorted(await states(exchanges)) == [DELIVERED] * 29 + [DEAD]

    await until(ended)
    assert sum(handler.items(user_id) for user_id in PLAYERS) == 29


async def test_one_that_no_batch_survives_keeps_nothing_from_arriving(tmp_path, handler):
    """The handler fails at its content, and all of its batch with it: the others come alone, and arrive."""
    settings = handler.configuration(batches=True, attemptsMax=3)
    async with running(tmp_path / "data", action_handlers=settings) as service:
        exchanges = await make_exchanges(service)
        await asyncio.gather(give_all(exchanges), exchanges.run(user_id="mallory", acquire=[give("many")]))

        async def ended():
            return sorted(await states(exchanges)) == [DELIVERED] * 30 + [DEAD]

        await until(ended)
        (dead,) = await deliveries(exchanges, state=DEAD)
        assert (dead.user_id, dead.last_error, dead.attempts) == ("mallory", "UNKNOWN", 3)
        assert [handler.items(user_id) for user_id in PLAYERS] == [1] * 30


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(2, CHARACTERS_MAX * 2)), max_size=50))
def test_batches_keep_the_order_and_the_limits(drawn):
    """All are there, in order; none is larger than the limit unless it is one alone; what comes again is alone."""
    execution = Execution("key", "acquire", "Game:Give", "", "alice", "transaction", 1)
    taken = [
        LeasedDelivery(number, attempts, execution._replace(request="x" * size))
        for number, (attempts, size) in enumerate(drawn)
    ]
    found = batches(taken)
    assert [each for batch in found for each in batch] == taken
    for batch in found:
        assert len(batch) == 1 or all(each.attempts == 1 for each in batch)
        assert len(batch) == 1 or sum(len(each.execution.request) for each in batch) <= CHARACTERS_MAX
    for before, behind in itertools.pairwise(found):
        together = sum(len(each.execution.request) for each in before + behind[:1])
        assert before[0].attempts > 1 or behind[0].attempts > 1 or together > CHARACTERS_MAX
