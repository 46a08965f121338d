"""UseStream: items in messages, outcomes in any order by their ids."""

import asyncio
import contextlib
import functools
import random

import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.rpc import discarding
from redeemd.rpc.batch_streams import IN_PROGRESS_MAX
from support.batches import batch_use, outcomes_of, stream_use, use_item
from support.keys import key_of
from support.patience import WAIT_SECONDS
from support.service import refused, running
from support.store_faults import until

STRANGER = (("authorization", "Bearer none"),)


def _open(world, metadata=None):
    """Open a stream that is written and read by hand."""
    return world.service.serial_keys.UseStream(metadata=metadata or world.service.admin)


def _message(world, items=()):
    return pb.UseStreamRequest(namespace_name=world.name, items=items)


async def _rest(call):
    """Return all outcomes that a stream still has."""
    return [outcome async for message in call for outcome in message.outcomes]


async def test_a_stream_is_refused_after_its_first_message(world, monkeypatch):
    """A grpc.aio client that sends a message when the status is there already would report INTERNAL."""
    monkeypatch.setattr(discarding, "SECONDS_MAX", WAIT_SECONDS)
    call = _open(world, STRANGER)
    await asyncio.sleep(0.2)
    assert not call.done()
    await call.write(_message(world))
    with refused("CREDENTIAL_INVALID"):
        await _rest(call)


async def test_a_stream_without_messages_is_refused_all_the_same(world, monkeypatch):
    """Whether it stays open or ends."""
    monkeypatch.setattr(discarding, "SECONDS_MAX", 0.05)
    with refused("CREDENTIAL_INVALID"):
        await _rest(_open(world, STRANGER))
    call = _open(world, STRANGER)
    await call.done_writing()
    with refused("CREDENTIAL_INVALID"):
        await _rest(call)


@pytest.mark.parametrize("count", [1, 900])
@pytest.mark.parametrize(
    ("metadata", "names", "reason"),
    [
        (STRANGER, [None] * 20, "CREDENTIAL_INVALID"),
        (None, [""] * 20, "VALIDATION_FAILED"),
        (None, [None] + ["other"] * 19, "VALIDATION_FAILED"),
    ],
    ids=["unknown", "invalid", "in between"],
)
async def test_a_client_that_is_still_sending_learns_why(world, metadata, names, reason, count):
    """Whether its stream is refused for its metadata, for the first message or for a later one."""
    items = [use_item(world, number, "no code") for number in range(count)]
    call = _open(world, metadata)

    async def send():
        with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            for name in names:
                message = pb.UseStreamRequest(namespace_name=world.name if name is None else name, items=items)
                await call.write(message)
            await call.done_writing()

    sending = asyncio.create_task(send())
    with refused(reason):
        await _rest(call)
    await sending


async def test_every_item_has_its_outcome(world):
    """Of messages of any size, also without items; the stream ends after the last outcome."""
    codes = await world.codes(100)
    items = [use_item(world, number, code) for number, code in enumerate(codes)]
    items.append(use_item(world, 100, "no code"))
    messages = [items[:1], [], items[1:70], *([item] for item in items[70:])]
    outcomes = [outcome async for outcome in stream_use(world, messages)]
    assert outcomes_of(outcomes) == dict.fromkeys(range(100), "OK") | {100: "CODE_NOT_FOUND"}
    assert len(outcomes) == 101
    codes_of = {outcome.id: outcome.response.item.code for outcome in outcomes if outcome.HasField("response")}
    assert codes_of == dict(enumerate(codes))


async def test_a_stream_is_resumed_by_the_keys_of_its_items(world):
    """Items that were executed before the stream broke are not executed again, and have their first response."""
    codes = await world.codes(300)
    items = [use_item(world, number, code, duplication_avoider=f"k{number}") for number, code in enumerate(codes)]
    broken, known = _open(world), {}
    await broken.write(_message(world, items))
    async for message in broken:
        known |= {outcome.id: outcome.response for outcome in message.outcomes}
        if len(known) > 50:
            break
    broken.cancel()
    resumed = {it.id: it.response async for it in stream_use(world, [items[:150], items[150:]])}
    assert resumed.keys() == set(range(300))
    assert {number: resumed[number] for number in known} == known
    assert all(response.item.revision == 2 for response in resumed.values())


async def test_of_streams_and_batches_with_the_same_codes_each_code_has_one_winner(world):
    """Streams of messages of several sizes, and batches, at once."""
    codes = await world.codes(60)
    draw = random.Random(3)

    async def stream(size):
        items = [use_item(world, number, code, user_id=f"s{size}") for number, code in enumerate(codes)]
        draw.shuffle(items)
        messages = [items[start : start + size] for start in range(0, len(items), size)]
        return [outcome async for outcome in stream_use(world, messages)]

    items = [use_item(world, number, code, user_id="batch") for number, code in enumerate(codes)]
    found = await asyncio.gather(*(stream(size) for size in (1, 7, 60)), batch_use(world, items))
    winners = [it.response.item.code for outcomes in found for it in outcomes if it.HasField("response")]
    assert sorted(winners) == sorted(codes)


async def test_nothing_is_read_while_too_many_bytes_are_in_progress(own_service):
    """A few items are too many if they are large."""
    world = await own_service.world()
    large = pb.UseItem(id=1)
    large.request.code = "x" * 2_000_000
    call, received = _open(world), _messages_received(own_service)

    async def write():
        for _ in range(6):
            await call.write(_message(world, [large]))
        await call.done_writing()

    (code,) = await world.codes()
    with own_service.faults.holding():
        await call.write(_message(world, [use_item(world, 0, code)]))
        writing = asyncio.create_task(write())
        await until(lambda: received() == 4)  # one that is executed, two that wait, and one that waits for room
        for _ in range(20):
            await world.call("GetSerialKey", code=code)
        assert received() == 4
    assert len(await _rest(call)) == 7
    await writing


async def test_nothing_is_read_while_too_many_items_are_in_progress(own_service):
    """A client that sends without end is stopped by flow control, and goes on when there is room."""
    world = await own_service.world()
    (code,) = await world.codes()
    items = [use_item(world, 0, code), *(pb.UseItem(id=number) for number in range(1, 1000))]
    call, received = _open(world), _messages_received(own_service)

    async def write():
        for _ in range(4):
            await call.write(_message(world, items))
        await call.done_writing()

    with own_service.faults.holding():
        writing = asyncio.create_task(write())
        await until(lambda: received() == 1 + IN_PROGRESS_MAX // 1000)  # the last of them waits for room
        for _ in range(20):
            await world.call("GetSerialKey", code=code)
        assert received() == 1 + IN_PROGRESS_MAX // 1000
    outcomes = await _rest(call)
    await writing
    assert len(outcomes) == 4000
    assert sum(outcome.HasField("response") for outcome in outcomes) == 1


def _messages_received(service):
    return lambda: next(
        (
            sample.value
            for family in text_string_to_metric_families(service.telemetry.render().decode())
            for sample in family.samples
            if sample.name == "grpc_server_msg_received_total" and sample.labels["grpc_method"] == "UseStream"
        ),
        0,
    )


async def test_a_message_without_the_next_ends_the_stream_after_all_outcomes(tmp_path):
    """A stream that falls silent, before its first message or between two, ends with MESSAGE_TIMEOUT."""
    async with running(tmp_path, message_timeout_seconds=0.3) as service:
        world = await service.world()
        with refused("MESSAGE_TIMEOUT"):
            await _rest(_open(world))
        codes = await world.codes(200)
        call = _open(world)
        await call.write(_message(world, [use_item(world, number, code) for number, code in enumerate(codes)]))
        known = {}
        with refused("MESSAGE_TIMEOUT"):
            async for message in call:
                known |= outcomes_of(message.outcomes)
        assert known == dict.fromkeys(range(200), "OK")


@pytest.mark.parametrize(
    "change",
    [{"namespace_name": "another"}, {"items": 1001 * [pb.UseItem()]}],
    ids=["other namespace", "too many items"],
)
async def test_a_bad_message_ends_the_stream_after_the_outcomes_of_those_before(world, change):
    """Its own items are not executed."""
    codes = await world.codes(100)
    call = _open(world)
    await call.write(_message(world, [use_item(world, number, code) for number, code in enumerate(codes)]))
    await call.write(pb.UseStreamRequest(**{"namespace_name": world.name} | change))
    known = {}
    with refused("VALIDATION_FAILED"):
        async for answer in call:
            known |= outcomes_of(answer.outcomes)
    assert known == dict.fromkeys(range(100), "OK")


async def test_a_server_that_shuts_down_sends_the_outcomes_of_what_it_received(tmp_path):
    """Then it ends the stream with SERVER_DRAINING, although the client would go on."""
    async with running(tmp_path) as service:
        world = await service.world()
        codes = await world.codes(1000)
        call, received = _open(world), _messages_received(service)
        with service.faults.holding():
            await call.write(_message(world, [use_item(world, number, code) for number, code in enumerate(codes)]))
            await until(lambda: received() == 1)
            stopping = asyncio.create_task(service.app.stop(grace_seconds=WAIT_SECONDS))
            await asyncio.sleep(0)
        known = {}
        with refused("SERVER_DRAINING") as refusal:
            async for answer in call:
                known |= outcomes_of(answer.outcomes)
        assert refusal.code == grpc.StatusCode.UNAVAILABLE
        assert known == dict.fromkeys(range(1000), "OK")
        await stopping


async def test_a_caller_that_loses_access_is_refused_on_its_open_stream(own_service):
    """A key that is revoked executes no further items."""
    world = await own_service.world()
    first, second = await world.codes(2)
    key = await key_of(own_service, "server")
    call = _open(world, key)
    await call.write(_message(world, [use_item(world, 1, first)]))
    answer = await call.read()
    assert outcomes_of(answer.outcomes) == {1: "OK"}
    key_id = key[0][1].removeprefix("Bearer ").partition(".")[0]
    await own_service.auth.RevokeKey(auth_pb.RevokeKeyRequest(key_id=key_id), metadata=own_service.admin)
    await call.write(_message(world, [use_item(world, 2, second)]))
    with refused("CREDENTIAL_INVALID"):
        await call.read()
    assert (await world.call("GetSerialKey", code=second)).item.status == 1


async def test_a_stream_that_its_client_leaves_gives_everything_back(own_service):
    """No call is left in progress, whenever the client leaves."""
    world = await own_service.world()
    codes = await world.codes(400)
    in_flight = functools.partial(own_service.telemetry.registry.get_sample_value, "redeemd_calls_in_flight")
    for start in range(0, 400, 100):
        call = _open(world)
        items = [use_item(world, number, code) for number, code in enumerate(codes[start : start + 100])]
        await call.write(_message(world, items))
        if start % 200:
            await call.read()
        call.cancel()
    await until(lambda: in_flight() == 0)
    for code in codes:
        item = (await world.call("GetSerialKey", code=code)).item
        assert (item.status, item.used_user_id, item.revision) in {(1, "", 1), (2, "alice", 2)}


async def test_an_idempotency_key_in_the_metadata_is_refused(world):
    """Each item has its own."""
    with refused("VALIDATION_FAILED") as refusal:
        call = _open(world, (*world.service.admin, ("idempotency-key", "k")))
        await call.write(_message(world))
        await _rest(call)
    assert refusal.fields == ["idempotency-key"]
