"""Operators see how far webhooks are behind, and send again what receivers did not accept."""

import pytest
from redeemd.event.retention import Retention
from support import postgres as pg
from support.clock import ManualClock
from support.events import unfinished_transaction
from support.handler import until
from support.http import at
from support.receiver import ask, caught_up, webhook
from support.service import refused, running
from support.webhook_calls import use

GONE = 2


async def letters(service, **fields):
    """Return the dead letters."""
    return (await ask(service, "DescribeDeadLetters", webhook_name="game", **fields)).items


async def has_letters(service, count):
    """Return the dead letters if there are so many."""
    found = await letters(service)
    return found if len(found) == count else None


@pytest.mark.parametrize("chosen", [{"attemptsMax": 2}])
async def test_an_event_that_is_never_accepted_becomes_a_dead_letter(world, receiver):
    """After as many attempts as the settings say; later events arrive."""
    receiver.script[:] = [500, 422]
    await use(world, "alice", "bob")
    await until(lambda: caught_up(world.service))
    assert receiver.users() == ["bob"]
    [letter] = await letters(world.service)
    assert (letter.attempts, letter.last_error, letter.event.user_id) == (2, "HTTP_422", "alice")
    assert letter.dead_letter_id == receiver.requests[0].message_id
    assert (await webhook(world.service)).dead_letters == 1


async def test_an_event_that_cannot_be_sent_yet_is_not_acknowledged(tmp_path, postgres, receiver):  # noqa: ARG001 -- skips
    """It waits for the end of an earlier transaction, on PostgreSQL; operators see that the webhook is behind."""
    settings = await pg.settings_for(tmp_path)
    async with running(tmp_path, webhooks=receiver.file(kinds=["REDEEMED"]), **settings) as service:
        await until(lambda: webhook(service))
        world = await service.world()
        async with unfinished_transaction(service):
            await use(world, "alice")
            assert not await caught_up(service)
            assert receiver.users() == []
        await until(lambda: caught_up(service))
        assert receiver.users() == ["alice"]


@pytest.mark.parametrize("chosen", [{"attemptsMax": 1}])
async def test_a_dead_letter_is_sent_again(world, receiver):
    """Under the same id, once; if that fails, it stays, and later events arrive all the same."""
    receiver.script[:] = [500]
    await use(world, "alice")
    [letter] = await until(lambda: has_letters(world.service, 1))
    receiver.script[:] = [503]
    retry = {"webhook_name": "game", "dead_letter_ids": [letter.dead_letter_id, "0-0-unknown"]}
    answer = await ask(world.service, "RetryWebhook", **retry)
    assert answer.dead_letters == 1
    await until(lambda: attempts_of_letter(world.service, 2))
    await use(world, "bob")
    await until(lambda: caught_up(world.service))
    await ask(world.service, "RetryWebhook", **retry)
    await until(lambda: has_none(world.service))
    assert receiver.users() == ["bob", "alice"]
    first, second, _, last = receiver.requests
    assert first.message_id == second.message_id == last.message_id
    assert first.body == last.body


async def attempts_of_letter(service, count):
    """Return whether the only dead letter was tried so often, and is not being retried."""
    [letter] = await letters(service)
    return letter.attempts == count and not letter.retrying


async def has_none(service):
    """Return whether there are no dead letters."""
    return not await letters(service)


@pytest.mark.parametrize("chosen", [{"attemptsMax": 1}])
async def test_dead_letters_are_listed_in_pages(world, receiver):
    """Oldest first."""
    receiver.script[:] = [500] * 3
    await use(world, "alice", "bob", "carol")
    await until(lambda: has_letters(world.service, 3))
    page = await ask(world.service, "DescribeDeadLetters", webhook_name="game", limit=2)
    rest = await ask(
        world.service, "DescribeDeadLetters", webhook_name="game", limit=2, page_token=page.next_page_token
    )
    assert [item.event.user_id for item in (*page.items, *rest.items)] == ["alice", "bob", "carol"]
    assert rest.next_page_token == ""


async def test_410_gone_switches_a_webhook_off(world, receiver):
    """Nothing is sent until an operator retries; then all of it."""
    receiver.script[:] = [410]
    await use(world, "alice", "bob")
    found = await until(lambda: gone(world.service))
    assert (found.last_error, found.HasField("next_attempt_at")) == ("HTTP_410", False)
    await use(world, "carol")
    assert len(receiver.requests) == 1
    await ask(world.service, "RetryWebhook", webhook_name="game")
    await until(lambda: caught_up(world.service))
    assert receiver.users() == ["alice", "bob", "carol"]


async def gone(service):
    """Return the webhook if its receiver is gone."""
    found = await webhook(service)
    return found if found.state == GONE else None


@pytest.mark.parametrize("chosen", [{"backoffSeconds": 3600, "backoffSecondsMax": 3600}])
async def test_an_operator_retries_at_once_what_waits(world, receiver):
    """Though the next attempt would be in an hour."""
    receiver.script[:] = [500]
    await use(world, "alice")
    await until(lambda: failing(world.service))
    await ask(world.service, "RetryWebhook", webhook_name="game")
    await until(lambda: caught_up(world.service))
    assert receiver.users() == ["alice"]


async def failing(service):
    """Return whether the last attempt failed."""
    return (await webhook(service)).attempts == 1


async def test_a_webhook_replays_from_a_cursor(world, receiver):
    """Of an event that it sent: those after it are sent again, with the same ids."""
    await use(world, "alice", "bob", "carol")
    await until(lambda: caught_up(world.service))
    cursor = receiver.accepted()[0]["data"]["cursor"]
    await ask(world.service, "ReplayWebhook", webhook_name="game", cursor=cursor)
    await until(lambda: len(receiver.users()) == 5)
    assert receiver.users() == ["alice", "bob", "carol", "bob", "carol"]
    ids = [each.message_id for each in receiver.requests]
    assert ids[1:3] == ids[3:]


async def test_a_webhook_replays_all_that_is_kept(world, receiver):
    """Without a cursor and a time."""
    await use(world, "alice", "bob")
    await until(lambda: caught_up(world.service))
    await ask(world.service, "ReplayWebhook", webhook_name="game")
    await until(lambda: len(receiver.users()) == 4)
    assert receiver.users() == ["alice", "bob"] * 2


async def test_a_webhook_replays_from_a_time(tmp_path, receiver):
    """Events from then on, and at most those of the minute before."""
    clock = ManualClock()
    async with running(tmp_path / "data", clock=clock, webhooks=receiver.file(kinds=["REDEEMED"])) as service:
        await until(lambda: webhook(service))
        world = await service.world()
        for user_id in ("alice", "bob", "carol", "dave"):
            await use(world, user_id)
            clock.advance(seconds=600)
        await until(lambda: caught_up(service))
        times = [event["data"]["at"] for event in receiver.accepted()]
        await ask(service, "ReplayWebhook", webhook_name="game", at=times[2])
        await until(lambda: len(receiver.users()) == 6)
        assert receiver.users()[4:] == ["carol", "dave"]


@pytest.mark.parametrize("cursor", ["x", "AAAAAAAAAAAAAAAAAAAAAA=="])
async def test_a_cursor_of_something_else_is_refused(world, cursor):
    """As a page token is."""
    with refused("PAGE_TOKEN_INVALID"):
        await ask(world.service, "ReplayWebhook", webhook_name="game", cursor=cursor)


async def test_expired_events_are_a_gap(tmp_path, receiver):
    """A webhook whose next events were deleted continues with the oldest one, and counts that."""
    clock = ManualClock()
    file = receiver.file(kinds=["REDEEMED"])
    async with running(tmp_path / "data", clock=clock, webhooks=file) as service:
        await until(lambda: webhook(service))
        before = (await webhook(service)).cursor
    async with running(tmp_path / "data", clock=clock) as service:
        world = await service.world()
        await use(world, "alice", "bob")
        clock.advance(seconds=3600)
        await use(world, "carol")
        retention = Retention(service.store, clock, seconds=60)
        while await retention.step():
            pass
        with refused("CURSOR_EXPIRED"):
            await ask(service, "ReplayWebhook", webhook_name="game", cursor=before)
    async with running(tmp_path / "data", clock=clock, webhooks=file) as service:
        await until(lambda: caught_up(service))
        assert (await webhook(service)).gaps == 1
    assert receiver.users() == ["bob", "carol"]


async def test_metrics_show_webhooks(world, receiver):
    """The metrics show waiting events, dead letters and attempts."""
    receiver.script[:] = [500]
    await use(world, "alice")
    await until(lambda: caught_up(world.service))
    await world.service.maintenance.step()
    metrics = (await world.service.http("GET", at(world.service, "/metrics"))).text
    assert 'redeemd_webhook_lag_seconds{webhook="game"} 0.0' in metrics
    assert 'redeemd_webhook_dead_letters{webhook="game"} 0.0' in metrics
    assert 'redeemd_webhook_gone{webhook="game"} 0.0' in metrics
    assert 'redeemd_webhook_attempts_total{outcome="failed",webhook="game"} 1.0' in metrics
    assert 'redeemd_webhook_attempts_total{outcome="delivered",webhook="game"} 1.0' in metrics


async def test_a_webhook_that_is_behind_shows_since_when(world, receiver):
    """By the time of the oldest event that was not acknowledged."""
    receiver.script[:] = [500] * 1000
    await use(world, "alice")
    await until(lambda: failing_often(world.service))
    found = await webhook(world.service)
    assert found.oldest_at == receiver.requests[0].events[0]["data"]["at"]


async def failing_often(service):
    """Return whether several attempts failed."""
    return (await webhook(service)).attempts > 1
