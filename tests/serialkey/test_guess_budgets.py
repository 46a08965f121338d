"""Budgets of guesses in the store: their settings, their clocks, and when they are removed."""

import pytest
from support.clock import ManualClock
from support.guesses import BACK_MS, exhaust, guess, guessed_in, used_up
from support.service import refused, running

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
async def world(own_service):
    """A namespace in which players may guess three times."""
    return await guessed_in(own_service)


async def test_settings_hold_once_the_call_has_returned(world, own_service):
    """Less, more, none at all, and the defaults again."""
    await exhaust(world)
    await world.limit_guesses(burst=5)
    await exhaust(world, times=2)
    await world.limit_guesses(enabled=False)
    for _ in range(50):
        assert (await guess(world)).reason == "CODE_NOT_FOUND"
    await world.limit_guesses(burst=1, per_minute=60)
    assert (await guess(world)).reason == "TOO_MANY_GUESSES"
    own_service.clock.advance(seconds=50)
    await exhaust(world, times=1)
    own_service.clock.advance(seconds=1)
    await exhaust(world, times=1)
    await world.call("UpdateNamespace", update_mask={"paths": ["guess_limit"]})
    await exhaust(world, "trudy", times=20)


async def test_the_setting_is_part_of_the_namespace(own_service):
    """Stored and returned as given, when it is made and when it is changed; bounds are checked."""
    limit = {"enabled": True, "burst": 7, "per_minute": 30, "alarm_per_minute": 9}
    made = await own_service.call("CreateNamespace", name="limited", guess_limit=limit)
    assert (made.item.guess_limit.burst, made.item.guess_limit.alarm_per_minute) == (7, 9)
    for field in ("burst", "per_minute", "alarm_per_minute"):
        for value in (0, -1, 2_000_000):
            with refused("VALIDATION_FAILED") as refusal:
                await own_service.call("UpdateNamespace", namespace_name="limited", guess_limit={field: value})
            assert refusal.fields == [f"guess_limit.{field}"]
    assert (await own_service.call("GetNamespace", namespace_name="limited")).item == made.item


async def test_a_namespace_that_is_made_anew_begins_anew(own_service):
    """Guesses in an earlier namespace of the same name do not count."""
    for _ in range(2):
        world = await own_service.world("WELCOME", campaign_codes=("WELCOME",))
        await world.limit_guesses(burst=3)
        await exhaust(world)
        await world.call("DeleteNamespace")
        await own_service.call("CreateNamespace", name=world.name, guess_limit={"burst": 3})
        await world.put_in_force("WELCOME", campaign_codes=("WELCOME",))
        await exhaust(world)


async def test_budgets_are_forgotten_when_whole(world, own_service):
    """No earlier; and at once where they are further ahead than any budget can be."""
    await own_service.stop_housekeeping()
    await exhaust(world)
    own_service.clock.set_ahead(30 * DAY_MS)
    await exhaust(world, "trudy")
    own_service.clock.set_ahead(0)
    own_service.clock.advance(seconds=30)
    await own_service.maintenance.step()
    assert await used_up(own_service) == [0]
    own_service.clock.advance(seconds=1)
    await own_service.maintenance.step()
    assert await used_up(own_service) == []


@pytest.mark.parametrize("wrong_ms", [DAY_MS, 60 * 60 * 1000, -DAY_MS])
async def test_a_clock_that_was_wrong_once_locks_nobody_out(tmp_path, wrong_ms):
    """A budget that a wrong clock used up is full under the right clock, and no more than full."""
    clock = ManualClock(ahead=wrong_ms)
    async with running(tmp_path, clock=clock) as service:
        world = await service.world("WELCOME", campaign_codes=("WELCOME",))
        await world.limit_guesses(burst=3)
        await exhaust(world)
        await world.as_player("Use", "alice", code="WELCOME")
    clock.set_ahead(0)
    async with running(tmp_path, clock=clock) as world.service:
        await world.as_player("Use", "alice", code="WELCOME")
        await exhaust(world)
        await exhaust(world, "alice")


async def test_a_clock_set_back_a_little_delays_a_guess_by_what_one_takes_to_come_back(tmp_path):
    """By less than the whole budget: it looks like one that is used up."""
    clock = ManualClock(ahead=BACK_MS)
    async with running(tmp_path, clock=clock) as service:
        world = await service.world("WELCOME", campaign_codes=("WELCOME",))
        await world.limit_guesses(burst=3)
        await guess(world)
        await guess(world)
    clock.set_ahead(0)
    async with running(tmp_path, clock=clock) as world.service:
        refusal = await guess(world)
        assert (refusal.reason, refusal.retry_ms) == ("TOO_MANY_GUESSES", BACK_MS)


async def test_the_limit_holds_after_a_restart(tmp_path):
    """The budget in the store survives the end of a process."""
    clock = ManualClock()
    for start in range(2):
        async with running(tmp_path, clock=clock) as service:
            if start == 0:
                world = await service.world("WELCOME", campaign_codes=("WELCOME",))
                await world.limit_guesses(burst=3)
                await exhaust(world)
            world.service = service
            assert (await guess(world)).reason == "TOO_MANY_GUESSES"


async def test_the_store_is_queried_once_for_a_player_without_guesses_left(tmp_path):
    """Its result is cached until a guess is back; then it is queried again."""
    clock = ManualClock()
    async with running(tmp_path, clock=clock) as service:
        world = await service.world("WELCOME", campaign_codes=("WELCOME",))
        await world.limit_guesses(burst=3)
        await exhaust(world)
    async with running(tmp_path, clock=clock) as world.service:
        delay = (await guess(world)).retry_ms
        world.service.faults.fail_at = 1  # a call that reached the writer would fail with NOT_COMMITTED
        assert (await guess(world)).retry_ms == delay
        clock.now += delay
        assert (await guess(world)).reason == "NOT_COMMITTED"
        world.service.faults.fail_at = None
        assert (await guess(world)).reason == "CODE_NOT_FOUND"
