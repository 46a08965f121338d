"""A namespace is under attack: counted, and reported once in a while."""

import re

import pytest
from support.events import watching
from support.guesses import guess, two_replicas
from support.heard import Heard

MINUTE = 60
DAY = 24 * 60 * MINUTE


@pytest.fixture
async def world(own_service):
    """A namespace that is under attack from five wrong codes or refused guesses in a minute on."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    await world.limit_guesses(burst=3, alarm_per_minute=5)
    hear(own_service)
    return world


def hear(service):
    """Return what is written to the log from now on."""
    service.telemetry._log = heard = Heard()
    return heard


async def told(service):
    """Do what housekeeping would; return what was reported about attacks since the server began."""
    await service.maintenance.step()
    lines = service.telemetry._log.events("under_attack")
    return [(line["namespace"], line["wrong"], line["refused"]) for line in lines]


async def number(service, name):
    """Return a number of /metrics."""
    text = (await service.http("GET", f"http://127.0.0.1:{service.http_port}/metrics")).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


async def test_an_attack_is_reported_once(world, own_service):
    """Wrong codes and refusals of all players together; the fifth of them in a minute raises the alarm."""
    for _ in range(4):
        await guess(world)
    assert await told(own_service) == []
    for user_id in ("mallory", "trudy", "eve"):
        await guess(world, user_id=user_id)
    assert await told(own_service) == [(world.name, 5, 2)]
    await guess(world)
    assert len(await told(own_service)) == 1


async def test_an_ongoing_attack_is_reported_every_ten_minutes(world, own_service):
    """And the next one at once, when it was long ago."""
    for minute in range(25):
        for _ in range(9):
            await guess(world)
        assert len(await told(own_service)) == 1 + minute // 10
        own_service.clock.advance(seconds=MINUTE)


async def test_the_alarm_of_a_namespace_is_read(world, own_service):
    """The counts of this minute, by kind, and the time of the last report of an attack: none before the first."""

    async def alarm():
        item = (await world.call("GetGuessAlarm")).item
        assert item.alarm_per_minute == 5
        return item.wrong_count, item.refused_count, item.under_attack, item.reported_at

    assert await alarm() == (0, 0, False, 0)
    for _ in range(5):
        await guess(world)
    began = own_service.clock.now_ms()
    assert await alarm() == (3, 2, True, 0)
    await told(own_service)
    assert await alarm() == (3, 2, True, began)
    own_service.clock.advance(seconds=MINUTE)
    assert await alarm() == (0, 0, False, began)


@pytest.mark.parametrize("wrong_seconds", [DAY, -DAY])
async def test_a_clock_that_was_wrong_once_silences_no_alarm(world, own_service, wrong_seconds):
    """Times that it recorded have no effect once it is right again."""
    own_service.clock.set_ahead(wrong_seconds * 1000)
    for _ in range(9):
        await guess(world)
    assert len(await told(own_service)) == 1
    own_service.clock.set_ahead(0)
    own_service.tokens.clear()  # they were good by that clock
    own_service.clock.advance(seconds=MINUTE)
    for _ in range(9):
        await guess(world)
    assert len(await told(own_service)) == 2


async def test_what_is_slow_enough_is_no_attack(world, own_service):
    """Four a minute, for an hour."""
    for _ in range(60):
        for number_ in range(4):
            await guess(world, user_id=f"mallory-{number_}")
        own_service.clock.advance(seconds=MINUTE)
    assert await told(own_service) == []


async def test_right_codes_are_no_attack(world, own_service):
    """Nor is what trusted servers try."""
    await world.put_in_force("spring", "WELCOME", campaign_codes=("WELCOME",))
    for _ in range(9):
        await world.as_player("Use", "alice", code="WELCOME")
    assert await told(own_service) == []


async def test_metrics_count_guesses_and_attacks(world, own_service):
    """Of all namespaces together: as many series for any number of them."""
    for _ in range(9):
        await guess(world)
    assert await number(own_service, 'redeemd_guesses_total{outcome="wrong"}') == 3
    assert await number(own_service, 'redeemd_guesses_total{outcome="refused"}') == 6
    assert await number(own_service, "redeemd_namespaces_under_attack") == 1
    own_service.clock.advance(seconds=MINUTE)
    assert await number(own_service, "redeemd_namespaces_under_attack") == 0


async def test_an_attack_that_could_not_be_reported_is_reported_later(world, own_service):
    """The store was away."""
    for _ in range(9):
        await guess(world)
    own_service.faults.fail_at = 1
    assert await told(own_service) == []
    own_service.faults.fail_at = None
    assert len(await told(own_service)) == 1


async def test_only_one_of_two_replicas_reports(tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """Though both see the attack."""
    async with two_replicas(tmp_path) as worlds:
        await worlds[0].limit_guesses(alarm_per_minute=5)
        worlds[0].service.clock.advance(seconds=10)
        for world in worlds:
            await world.service.stop_housekeeping()
            hear(world.service)
            for _ in range(9):
                await guess(world)
        assert sum([len(await told(world.service)) for world in worlds]) == 1


async def test_watchers_get_an_event(world, own_service):
    """One event for the namespace, with what was counted; the guesses themselves are none."""
    async with watching(own_service, kinds=["EVENT_KIND_UNDER_ATTACK"]) as watcher:
        for _ in range(6):
            await guess(world)
        await told(own_service)
        (event,) = await watcher.until(1)
        assert (event.service, event.namespace_name) == ("serialKey", world.name)
        assert (event.attack.guesses, event.attack.seconds) == (6, MINUTE)
        assert await watcher.is_quiet()
