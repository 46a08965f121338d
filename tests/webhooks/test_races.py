"""Several senders, and senders that die: nothing is lost, and no message is under way twice at once."""

import asyncio
import signal

import grpc
import pytest
from support import lane
from support.clock import ManualClock
from support.events import told
from support.handler import until
from support.http import replica
from support.process import serving
from support.receiver import ask, caught_up, webhook
from support.service import running
from support.webhook_calls import use

PLAYERS = [f"player-{number}" for number in range(60)]


async def test_two_replicas_send_each_message_once(world, receiver):
    """In order, though every third attempt fails, and one at a time."""
    receiver.script[:] = [204, 500, 204, "cut"] * 10
    receiver.pause = 0.002
    async with replica(world.service) as other:
        codes = await world.codes(len(PLAYERS))
        services = world.service, other
        for number, (user_id, code) in enumerate(zip(PLAYERS, codes, strict=True)):
            await services[number % 2].call("UseByUserId", namespace_name=world.name, user_id=user_id, code=code)
        await until(lambda: caught_up(world.service))
    assert receiver.at_once_max == 1
    assert receiver.users() == PLAYERS


async def test_410_gone_does_not_undo_a_replay(world, receiver):
    """An operator sets another position while the message is under way: what is to be replayed is sent."""
    receiver.script[:] = ["hold", 410]
    await use(world, "alice")
    await until(lambda: receiver.requests)
    await ask(world.service, "ReplayWebhook", webhook_name="game")
    receiver.release.set()
    await until(receiver.users)
    assert receiver.users() == ["alice"]
    assert not (await webhook(world.service)).last_error


async def test_a_sender_that_lost_its_lease_changes_nothing(tmp_path, receiver):
    """Another server has sent the message again and gone on: a late response moves nothing back or forward."""
    clock = ManualClock()
    file = receiver.file(kinds=["REDEEMED"], deadlineSeconds=60)
    async with running(tmp_path / "data", clock=clock, webhooks=file) as service:
        await until(lambda: webhook(service))
        world = await service.world()
        receiver.script[:] = ["hold"]
        await use(world, "alice")
        await until(lambda: receiver.requests)
        async with replica(service):
            clock.advance(seconds=120)
            await use(world, "bob")
            await until(lambda: caught_up(service))
            assert receiver.users() == ["alice", "bob"]
            position = (await webhook(service)).cursor
            receiver.release.set()
            await until(lambda: len(receiver.users()) == 3)
            assert (await webhook(service)).cursor == position
            await use(world, "carol")
            await until(lambda: caught_up(service))
    assert receiver.users() == ["alice", "alice", "bob", "carol"]
    assert len({each.message_id for each in receiver.requests}) == 3


async def _use_until_killed(process, world, codes, after, receiver):
    """Use codes at once until the process is killed, when so many messages were accepted."""

    async def one(code):
        try:
            await world.call("UseByUserId", user_id="alice", code=code)
        except grpc.aio.AioRpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE

    async def kill():
        await until(lambda: len(receiver.accepted()) >= after)
        process.process.kill()

    await asyncio.gather(kill(), *(one(code) for code in codes))


@pytest.mark.parametrize("events_max", [1, 20])
async def test_kill_9_loses_no_event(tmp_path, receiver, events_max):
    """Of a server killed twice, while it redeems and sends: all that happened arrives, in order, repeated at most once
    per kill."""
    file = receiver.file(kinds=["REDEEMED"], eventsMax=events_max, deadlineSeconds=1)
    flags = ["--webhooks", str(file)]
    for name, value in (await lane.settings(tmp_path, {})).items():
        flags += [f"--{name.replace('_', '-')}", str(value)]
    receiver.script[:] = [204, 204, 500, "cut"] * 20
    receiver.pause = 0.005
    async with serving(tmp_path, *flags) as (process, service):
        world = await service.world()
        codes = await world.codes(120)
        await _use_until_killed(process, world, codes[:60], 10, receiver)
        assert await process.end() == -signal.SIGKILL
    async with serving(tmp_path, *flags) as (process, service):
        world.service = service
        await _use_until_killed(process, world, codes[60:], len(receiver.accepted()) + 10, receiver)
        assert await process.end() == -signal.SIGKILL
    async with serving(tmp_path, *flags) as (_, service):
        used = (await service.call("DescribeRedemptions", namespace_name=world.name, limit=1000)).items
        await until(lambda: caught_up(service))
        happened = [event.redemption.revision for event in await told(service, len(used), kinds=[2])]
    ids = [event["id"] for event in receiver.accepted()]
    assert len(happened) == len(set(ids)) > 20
    assert len(ids) - len(set(ids)) <= 2 * events_max
    firsts = [int(event_id.split("-")[1]) for event_id in dict.fromkeys(ids)]
    assert firsts == sorted(firsts) or lane.ON_POSTGRES  # there, the transaction comes first
    assert receiver.at_once_max == 1
