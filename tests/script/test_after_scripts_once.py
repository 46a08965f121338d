"""Scripts after events: their transactions happen once, whatever fails and however many events happen at once."""

import asyncio

from support.after_scripts import SOURCES, after_counting, after_exchanges, buy, counters
from support.deliveries import DELIVERED, deliveries, settled
from support.exchanges import make_exchanges
from support.scripts import running_with
from support.service import running
from support.writes_failing import fail_at_each_statement


async def test_a_failure_at_any_statement_of_the_event_changes_nothing(service, exchanges):
    """Neither the exchange nor the counter, and no script is run."""
    await service.stop_housekeeping()
    await after_exchanges(exchanges, "nothing")
    _, failed = await fail_at_each_statement(service, lambda: buy(exchanges), "exchange")
    assert failed > 2
    await after_counting(exchanges, "nothing")
    _, failed = await fail_at_each_statement(service, lambda: exchanges.limits.up(limit="ever"), "count up")
    assert failed > 2
    assert len(await deliveries(exchanges)) == 2


async def test_a_failure_at_any_statement_of_the_script_leaves_it_to_the_next_attempt(service, exchanges):
    """Its transaction happens once, with the same random numbers, however often it is attempted."""
    await service.stop_housekeeping()
    await after_exchanges(exchanges, "random")
    await buy(exchanges)
    outbox = service.app.components.foundation.handlers.outbox
    executor = service.app.components.after_scripts[0]._handler
    now = service.clock.now_ms()
    [taken] = await service.store.run(
        lambda tx: outbox.take(tx, "script/after", limit=9, now=now, lease=now + 60_000), write=True
    )
    before, place, code = await service.dump(), 0, "UNAVAILABLE"
    while code == "UNAVAILABLE":
        place += 1
        service.faults.fail_at = place
        code = (await executor.execute(taken.execution, place)).code
        service.faults.fail_at = None
        assert (code == "OK") == (await service.dump() != before), place
    assert (code, place > 3) == ("OK", True)
    found = await counters(exchanges)
    assert (await executor.execute(taken.execution, place)).done
    assert await counters(exchanges) == found


async def test_many_events_at_once_have_one_script_each(exchanges):
    """Of several players, while their events happen concurrently; those of a player run in order."""
    await after_exchanges(exchanges, "counts")
    players = [f"player-{number}" for number in range(5)]
    await asyncio.gather(*(buy(exchanges, user_id=user_id) for user_id in players * 8))
    await settled(exchanges, *[DELIVERED] * 40)
    assert [await exchanges.count("after", user_id) for user_id in players] == [8] * 5
    assert [await exchanges.count("bought", user_id) for user_id in players] == [8] * 5


async def test_scripts_run_after_a_restart(tmp_path):
    """What was committed before the server ended is not lost."""
    async with running_with(tmp_path, **SOURCES) as service:
        exchanges = await make_exchanges(service)
        await after_exchanges(exchanges, "counts")
        await service.stop_housekeeping()
        await buy(exchanges, count=2)
        assert await exchanges.count("after") == 0
    async with running(tmp_path, scripts=tmp_path / "scripts") as service:
        exchanges.service = exchanges.limits.service = exchanges.world.service = service
        await settled(exchanges, DELIVERED)
        assert await counters(exchanges) == {"bought": 2, "after": 2}
