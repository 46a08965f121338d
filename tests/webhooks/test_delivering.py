"""Events are sent to a receiver, in order and at least once."""

import json

import pytest
from redeem.options.v1 import options_pb2
from support.handler import until
from support.receiver import ask, caught_up, receiving, webhook
from support.service import running
from support.webhook_calls import use


async def test_events_arrive_in_order(world, receiver):
    """Each in a message of its own, as a CloudEvent whose data is the event in the documented JSON."""
    await use(world, "alice", "bob", "carol")
    await until(lambda: caught_up(world.service))
    assert receiver.users() == ["alice", "bob", "carol"]
    assert len({each.message_id for each in receiver.requests}) == 3
    assert {each.headers["content-type"] for each in receiver.requests} == {"application/cloudevents+json"}
    event = receiver.accepted()[0]
    assert event["id"] == receiver.requests[0].message_id
    assert event["type"] == "dev.redeemd.event.v1.redeemed"
    assert (event["source"], event["subject"]) == ("/redeemd/redeemd/local", world.name)
    assert event["data"]["kind"] == "redeemed"
    assert event["data"]["redemption"] == {"campaignModelName": "spring", "revision": 1}


@pytest.mark.parametrize("how", [500, 404, (302, {"Location": "/elsewhere"}), "cut", (429, {"Retry-After": "x"})])
async def test_a_failed_message_is_repeated(world, receiver, how):
    """It has the same id and content each time, and later events wait for it."""
    receiver.script[:] = [how, how]
    await use(world, "alice", "bob")
    await until(lambda: caught_up(world.service))
    assert receiver.users() == ["alice", "bob"]
    first, second, third, _ = receiver.requests
    assert first.message_id == second.message_id == third.message_id
    assert first.body == second.body == third.body
    assert {each.path for each in receiver.requests} == {"/events"}


@pytest.mark.parametrize("chosen", [{"deadlineSeconds": 0.2}])
async def test_a_receiver_that_does_not_respond_is_asked_again(world, receiver):
    """After the deadline."""
    receiver.script[:] = ["hang", "hang"]
    await use(world, "alice")
    await until(lambda: caught_up(world.service))
    assert receiver.users()[-1:] == ["alice"]
    assert len(receiver.requests) >= 3


@pytest.mark.parametrize("chosen", [{"backoffSecondsMax": 86_400}])
async def test_a_receiver_says_when_to_ask_again(world, receiver):
    """By Retry-After, in seconds."""
    receiver.script[:] = [(503, {"Retry-After": "3600"})]
    await use(world, "alice")
    found = await until(lambda: failed(world.service))
    assert found.next_attempt_at - world.service.clock.now_ms() > 3_000_000
    assert found.last_error == "HTTP_503"


async def failed(service):
    """Return the webhook if its last attempt failed."""
    found = await webhook(service)
    return found if found.last_error else None


@pytest.mark.parametrize("chosen", [{"kinds": ["REDEEMED"], "eventsMax": 50}])
async def test_events_that_wait_arrive_in_batches(world, receiver):
    """A message that failed is repeated with one event; those of the batch are all sent, in order."""
    receiver.script[:] = [500]
    users = [f"player-{number}" for number in range(100)]
    await use(world, *users)
    await until(lambda: caught_up(world.service))
    assert receiver.users() == users
    sizes = [len(each.events) for each in receiver.requests]
    assert sizes[1] == 1
    assert max(sizes) <= 50
    assert {each.headers["content-type"] for each in receiver.requests} == {"application/cloudevents-batch+json"}
    contents = {}
    for each in receiver.requests:
        assert contents.setdefault(each.message_id, each.body) == each.body


@pytest.mark.parametrize("chosen", [{"kinds": ["REDEEMED", "ISSUED"], "namespaceNames": ["mine"], "codes": "full"}])
async def test_a_receiver_gets_what_it_selects(world, receiver):
    """Kinds and namespaces, with codes if the settings say so."""
    await use(world, "alice")
    other = await world.service.world()
    other.name = "mine"
    await other.service.call("CreateNamespace", name="mine")
    await other.put_in_force("spring")
    codes = await use(other, "bob")
    await until(lambda: caught_up(world.service))
    assert [event["type"].rpartition(".")[2] for event in receiver.accepted()] == ["issued", "redeemed"]
    assert receiver.accepted()[1]["data"]["redemption"]["code"] == codes[0]


@pytest.mark.parametrize("chosen", [{"kinds": ["REDEEMED"], "codes": "masked"}])
async def test_codes_can_be_masked(world, receiver):
    """As for the role `read`."""
    [code] = await use(world, "alice")
    await until(lambda: caught_up(world.service))
    shown = receiver.accepted()[0]["data"]["redemption"]["code"]
    assert shown != code
    assert shown[:4] == code[:4]


@pytest.mark.parametrize("chosen", [{"kinds": ["ADMINISTERED"]}])
async def test_administrative_events_have_to_be_named(world, receiver):
    """As for watchers."""
    await until(lambda: caught_up(world.service))
    assert {event["data"]["kind"] for event in receiver.accepted()} == {"administered"}


def test_every_kind_can_be_selected():
    """The settings accept exactly the kinds of the contract."""
    from redeemd.config.webhooks import KINDS  # noqa: PLC0415 -- the only test of it

    assert set(KINDS.values()) == {value for value in options_pb2.EventKind.values() if value}


@pytest.mark.parametrize("start", ["now", "oldest"])
async def test_a_new_webhook_begins_where_it_says(tmp_path, receiver, start):
    """With the next event, or with the oldest one."""
    async with running(tmp_path / "data") as service:
        await use(await service.world(), "alice")
    async with running(tmp_path / "data", webhooks=receiver.file(kinds=["REDEEMED"], start=start)) as service:
        await until(lambda: webhook(service))
        await use(await service.world(), "bob")
        await until(lambda: caught_up(service))
    assert receiver.users() == {"now": ["bob"], "oldest": ["alice", "bob"]}[start]


async def test_a_webhook_continues_after_a_restart(tmp_path, receiver):
    """With what happened while its server had no configuration of it."""
    file = receiver.file(kinds=["REDEEMED"])
    async with running(tmp_path / "data", webhooks=file) as service:
        await until(lambda: webhook(service))
        await use(await service.world(), "alice")
        await until(lambda: caught_up(service))
    async with running(tmp_path / "data") as service:
        await use(await service.world(), "bob")
        assert not (await webhook(service)).configured
    async with running(tmp_path / "data", webhooks=file) as service:
        await until(lambda: caught_up(service))
    assert receiver.users() == ["alice", "bob"]


async def test_a_slow_receiver_delays_nobody(tmp_path):
    """Neither another receiver, nor a redemption."""
    async with receiving(tmp_path / "slow") as slow, receiving(tmp_path / "quick") as quick:
        slow.script[:] = ["hang"] * 100
        webhooks = json.loads(slow.files(slow={"kinds": ["REDEEMED"]}).read_text())
        webhooks |= json.loads(quick.files(quick={"kinds": ["REDEEMED"]}).read_text())
        file = tmp_path / "both.json"
        file.write_text(json.dumps(webhooks))
        async with running(tmp_path / "data", webhooks=file) as service:
            await until(lambda: webhook(service, "slow"))
            await until(lambda: webhook(service, "quick"))
            world = await service.world()
            await use(world, "alice")
            await until(lambda: slow.requests)
            await use(world, "bob")
            await until(lambda: caught_up(service, "quick"))
            assert quick.users() == ["alice", "bob"]
            assert not await caught_up(service, "slow")


@pytest.mark.parametrize("chosen", [{"kinds": ["ISSUED"]}])
async def test_events_that_are_not_selected_are_passed(world, receiver):
    """Also more of them than are read at once."""
    job = await world.issue(600)
    for key in await world.keys(job):
        await world.call("UseByUserId", user_id="alice", code=key.code)
    await world.issue(1)
    await until(lambda: caught_up(world.service))
    assert [event["data"]["issue"]["count"] for event in receiver.accepted()] == [600, 1]
    assert (await ask(world.service, "DescribeWebhooks")).items[0].dead_letters == 0
