"""Counting up and down, within a maximum, with resets; through gRPC."""

import asyncio

import grpc
import pytest
from redeem.limit.v1 import requests_pb2 as pb
from support.limits import make_limits
from support.service import read_refusal, refused

DAY_SECONDS = 24 * 60 * 60
INT_MAX = 2_147_483_646


@pytest.fixture
async def limits(service):
    """A namespace of the test's own, with the limits `daily` and `ever`."""
    return await make_limits(service)


@pytest.fixture
async def own(own_service):
    """The same on a server of the test's own, whose clock is stopped at a midnight."""
    own_service.clock.now -= own_service.clock.now % (DAY_SECONDS * 1000)
    return await make_limits(own_service)


async def test_a_counter_begins_with_its_first_count(limits):
    """Before it is not found; then it is there with all its fields; the next count adds."""
    with refused("COUNTER_NOT_FOUND") as refusal:
        await limits.get()
    assert refusal.metadata["component"] == "counter"
    first = await limits.up()
    assert (first.count, first.revision, first.limit_name, first.name, first.user_id) == (1, 1, "daily", "c", "alice")
    assert first.counter_id == f"grn:gs2:local:redeemd:limit:{limits.name}:user:alice:limit:daily:counter:c"
    assert first.next_reset_at % (DAY_SECONDS * 1000) == 0
    second = await limits.up(count_up_value=5)
    assert (second.count, second.revision, second.created_at) == (6, 2, first.created_at)
    assert await limits.get() == second


async def test_a_player_counts_for_himself(limits):
    """The token names the player; another player's counter is another one."""
    item = (await limits.as_player("CountUp", "bob", limit_name="ever", counter_name="c")).item
    assert (item.user_id, item.count) == ("bob", 1)
    assert not item.HasField("next_reset_at")
    assert (await limits.as_player("GetCounter", "bob", limit_name="ever", counter_name="c")).item == item
    with refused("COUNTER_NOT_FOUND"):
        await limits.as_player("GetCounter", "alice", limit_name="ever", counter_name="c")


async def test_the_maximum_may_be_reached_and_not_passed(limits):
    """At the maximum the count is refused with the documented code, and is unchanged; another maximum is another."""
    await limits.up(count_up_value=2, max_value=3)
    with refused("COUNTER_OVERFLOW") as refusal:
        await limits.up(count_up_value=2, max_value=3)
    assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
    assert refusal.metadata["code"] == "limit.counter.overflow"
    assert (refusal.metadata["count"], refusal.metadata["max_value"]) == ("2", "3")
    assert (await limits.up(max_value=3)).count == 3
    assert (await limits.up(max_value=5)).count == 4


async def test_a_first_count_beyond_the_maximum_makes_no_counter(limits):
    """Also the first one is refused, and the counter is not there afterwards."""
    with refused("COUNTER_OVERFLOW") as refusal:
        await limits.up(count_up_value=4, max_value=3)
    assert refusal.metadata["count"] == "0"
    with refused("COUNTER_NOT_FOUND"):
        await limits.get()


async def test_a_count_stays_within_an_int(limits):
    """Without a maximum the documented greatest int is one."""
    assert (await limits.up(count_up_value=INT_MAX)).count == INT_MAX
    with refused("COUNTER_OVERFLOW"):
        await limits.up()


async def test_of_200_concurrent_counts_as_many_succeed_as_fit(limits):
    """With a maximum of 50 exactly 50 succeed, each with another count; the others are refused."""

    async def once():
        try:
            return (await limits.up(max_value=50)).count
        except grpc.aio.AioRpcError as error:
            assert read_refusal(error).reason == "COUNTER_OVERFLOW"
            return None

    counts = await asyncio.gather(*(once() for _ in range(200)))
    assert sorted(filter(None, counts)) == list(range(1, 51))
    assert (await limits.get()).revision == 50


async def test_counting_down_stops_at_0(limits):
    """By more than there is, it is 0 and succeeds; of a counter that never was there is nothing to count down."""
    names = {"user_id": "alice", "limit_name": "daily", "counter_name": "c"}
    with refused("COUNTER_NOT_FOUND"):
        await limits.call("CountDownByUserId", **names)
    await limits.up(count_up_value=5)
    assert (await limits.call("CountDownByUserId", **names)).item.count == 4
    item = (await limits.call("CountDownByUserId", **names, count_down_value=100)).item
    assert (item.count, item.revision) == (0, 3)


async def test_a_deleted_counter_is_gone(limits):
    """It is returned as it was, and is not found afterwards."""
    counter = await limits.up(count_up_value=7)
    names = {"user_id": "alice", "limit_name": "daily", "counter_name": "c"}
    assert (await limits.call("DeleteCounterByUserId", **names)).item == counter
    with refused("COUNTER_NOT_FOUND"):
        await limits.call("DeleteCounterByUserId", **names)


@pytest.mark.parametrize(
    ("verify_type", "holds"),
    [(1, (False, False, True)), (2, (False, True, True)), (3, (True, False, False)), (4, (True, True, False)),
     (5, (False, True, False)), (6, (True, False, True))],
    ids=["less", "lessEqual", "greater", "greaterEqual", "equal", "notEqual"],
)  # fmt: skip
async def test_verifying_compares_and_changes_nothing(limits, verify_type, holds):
    """A counter at 3 against 2, 3 and 4, by each type; what does not hold is refused with both numbers."""
    counter = await limits.up(count_up_value=3)
    for count, passes in zip((2, 3, 4), holds, strict=True):
        fields = {"limit_name": "daily", "counter_name": "c", "verify_type": verify_type, "count": count}
        if passes:
            assert (await limits.as_player("VerifyCounter", "alice", **fields)).item == counter
        else:
            with refused("COUNTER_VERIFICATION_FAILED") as refusal:
                await limits.call("VerifyCounterByUserId", user_id="alice", **fields)
            assert (refusal.metadata["count"], refusal.metadata["compared_with"]) == ("3", str(count))
    assert await limits.get() == counter


async def test_a_counter_that_never_was_verifies_as_0(limits):
    """Less than 1 holds; the response has a count of 0 and neither revision nor times; nothing was made."""
    fields = {"user_id": "alice", "limit_name": "daily", "counter_name": "c"}
    item = (await limits.call("VerifyCounterByUserId", **fields, verify_type=1, count=1)).item
    assert (item.count, item.revision, item.HasField("created_at")) == (0, 0, False)
    with refused("COUNTER_NOT_FOUND"):
        await limits.get()


async def test_a_limit_that_is_not_in_the_master_data_counts_nothing(limits):
    """Up, down and verifying are refused; a counter stays as it is until the limit returns."""
    counter = await limits.up(limit="ever")
    await limits.put_in_force({"name": "daily", "resetType": "notReset"})
    names = {"user_id": "alice", "limit_name": "ever", "counter_name": "c"}
    calls = {"CountUpByUserId": {}, "CountDownByUserId": {}, "VerifyCounterByUserId": {"verify_type": 2}}
    for rpc, fields in calls.items():
        with refused("LIMIT_MODEL_NOT_FOUND"):
            await limits.call(rpc, **names, **fields)
    assert await limits.get(limit="ever") == counter


async def test_a_counter_goes_back_to_0_at_its_reset(own):
    """A millisecond before, it still counts; then it reads as 0, with a higher revision, and counting restarts."""
    clock = own.service.clock
    before = await own.up(count_up_value=5, max_value=5)
    assert before.next_reset_at == clock.now + DAY_SECONDS * 1000
    clock.now = before.next_reset_at - 1
    with refused("COUNTER_OVERFLOW"):
        await own.up(max_value=5)
    clock.now += 1
    lapsed = await own.get()
    assert (lapsed.count, lapsed.next_reset_at) == (0, clock.now + DAY_SECONDS * 1000)
    after = await own.up(max_value=5)
    assert (after.count, after.next_reset_at, after.created_at) == (1, lapsed.next_reset_at, before.created_at)
    assert before.revision < lapsed.revision < after.revision


async def test_two_clocks_a_moment_apart_reset_once(own):
    """After the reset by the clock ahead, the one that is 20 ms behind neither resets again nor undoes it."""
    clock = own.service.clock
    reset = (await own.up(count_up_value=5)).next_reset_at
    clock.now = reset + 10
    assert (await own.up()).count == 1
    clock.now = reset - 10
    assert (await own.up()).count == 2
    clock.now = reset + 10
    item = await own.up()
    assert (item.count, item.next_reset_at) == (3, reset + DAY_SECONDS * 1000)


async def test_a_changed_schedule_holds_from_the_next_count_on(own):
    """The count stays, the next reset is by the new schedule, shown at once and kept with the next count."""
    counter = await own.up(count_up_value=5)
    await own.put_in_force({"name": "daily", "resetType": "daily", "resetHour": 7})
    expected = counter.next_reset_at - 17 * 60 * 60 * 1000
    assert (await own.get()).next_reset_at == expected
    item = await own.up()
    assert (item.count, item.next_reset_at, item.revision) == (6, expected, 2)


async def test_a_time_offset_moves_a_players_clock_alone(own):
    """For the player who is a day ahead the counter is reset; afterwards his reset does not move back."""
    counter = await own.up(count_up_value=5)
    token = await own.service.token("alice", time_offset=DAY_SECONDS)
    request = {"limit_name": "daily", "counter_name": "c"}
    ahead = await own.service.limits.CountUp(pb.CountUpRequest(namespace_name=own.name, access_token=token, **request))
    assert (ahead.item.count, ahead.item.next_reset_at) == (1, counter.next_reset_at + DAY_SECONDS * 1000)
    now = await own.up()
    assert (now.count, now.next_reset_at) == (2, ahead.item.next_reset_at)


async def test_counters_are_listed_by_creation(own):
    """Page by page, of one limit or of all; counters past their reset are 0."""
    for number, (counter, limit) in enumerate((("b", "daily"), ("a", "ever"), ("c", "daily"), ("a", "daily"))):
        own.service.clock.advance(seconds=number)
        await own.up(counter=counter, limit=limit)
    own.service.clock.advance(seconds=DAY_SECONDS)
    found, token = [], None
    while token != "":
        page = await own.call("DescribeCountersByUserId", user_id="alice", limit=3, page_token=token)
        found += [(item.name, item.limit_name, item.count) for item in page.items]
        token = page.next_page_token
    assert found == [("b", "daily", 0), ("a", "ever", 1), ("c", "daily", 0), ("a", "daily", 0)]
    mine = (await own.as_player("DescribeCounters", "alice", limit_name="daily")).items
    assert [item.name for item in mine] == ["b", "c", "a"]
    assert not (await own.as_player("DescribeCounters", "bob")).items


async def test_resets_can_be_previewed(limits):
    """The next resets of a limit, in a time zone across a change of the clocks."""
    model = {"name": "berlin", "resetType": "daily", "resetHour": 5, "resetTimeZone": "Europe/Berlin"}
    await limits.put_in_force(model, {"name": "ever", "resetType": "notReset"})
    answer = await limits.call("PreviewResets", limit_name="berlin", count=3, after=1_774_656_000_000)  # 2026-03-28
    assert list(answer.resets) == [1_774_670_400_000, 1_774_753_200_000, 1_774_839_600_000]
    assert len((await limits.call("PreviewResets", limit_name="berlin")).resets) == 10
    assert not (await limits.call("PreviewResets", limit_name="ever")).resets
    with refused("LIMIT_MODEL_NOT_FOUND"):
        await limits.call("PreviewResets", limit_name="absent")


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ({"resetType": "weekly", "resetHour": 1}, "resetDayOfWeek"),
        ({"resetType": "monthly", "resetHour": 1}, "resetDayOfMonth"),
        ({"resetType": "days", "anchorTimestamp": 1}, "days"),
        ({"resetType": "yearly"}, "resetType"),
        ({}, "resetType"),
        ({"resetType": "daily", "resetHour": 24}, "resetHour"),
        ({"resetType": "daily", "resetHour": 1, "resetTimeZone": "Mars/Olympus"}, "resetTimeZone"),
    ],
)
async def test_a_schedule_that_is_none_is_refused_with_its_path(limits, model, path):
    """Each condition of the documents, and a time zone that is none."""
    with refused("MASTER_DATA_INVALID") as refusal:
        await limits.put_in_force({"name": "bad"} | model)
    assert refusal.fields == [f"settings.limitModels[0].{path}"]
