"""Exactly as many as may be: many calls at once, of which each wants the same."""

import asyncio
import json

import grpc
import pytest
from support.exchanges import make_exchanges
from support.service import read_refusal

CALLS = 200


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service, campaign_codes=("WELCOME2026",), enable_await_exchange=True)


async def _all(calls, reason):
    """Make all calls at once; return the responses. What is refused has to be refused for the one reason."""

    async def one(call):
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            assert read_refusal(error).reason == reason
            return None

    return [answer for answer in await asyncio.gather(*map(one, calls)) if answer is not None]


async def test_of_200_exchanges_50_fit_a_limit_of_50(exchanges):
    """An immediate rate: exactly 50 are granted, and 50 rewards given."""
    up = exchanges.up(maxValue=50)
    await exchanges.put_in_force({"name": "rate", "acquireActions": [exchanges.issue()], "consumeActions": [up]})
    granted = await _all((exchanges.buy() for _ in range(CALLS)), "COUNTER_OVERFLOW")
    codes = {
        json.loads(answer.transaction_result.acquire_results[0].acquire_result)["item"]["code"] for answer in granted
    }
    assert (len(granted), len(codes), await exchanges.count()) == (50, 50, 50)


async def test_of_200_redemptions_of_a_campaign_code_50_fit_a_limit_of_50(exchanges):
    """The code itself has no limit; the counter has."""
    actions = [exchanges.up(maxValue=50), exchanges.use()]
    await exchanges.put_in_force({"name": "rate", "consumeActions": actions})
    calls = (exchanges.buy(values={"code": "WELCOME2026"}) for _ in range(CALLS))
    assert len(await _all(calls, "COUNTER_OVERFLOW")) == await exchanges.count() == 50


async def test_of_200_incremental_exchanges_50_fit_and_each_price_is_paid_once(exchanges):
    """The prices that were paid are those of 50 exchanges one after the other, in the order of their counts."""
    await exchanges.put_in_force(incremental=[exchanges.incremental(maximumExchangeCount=50)])
    granted = await _all((exchanges.rise() for _ in range(CALLS)), "COUNTER_OVERFLOW")
    paid = {}
    for answer in granted:
        counted, price = answer.transaction_result.consume_results
        count = json.loads(counted.consume_result)["item"]["count"]
        paid[count] = json.loads(price.consume_request)["countUpValue"]
    assert [paid[count] for count in sorted(paid)] == [10 * count for count in range(1, 51)]
    assert await exchanges.count("paid") == sum(paid.values())


async def test_of_200_exchanges_by_one_code_one_is_granted(exchanges):
    """The first exchange gets the code and the reward."""
    [code] = await exchanges.world.codes(1)
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.use()], "acquireActions": [exchanges.issue()]}
    )
    calls = (exchanges.buy(user_id=f"player-{number}", values={"code": code}) for number in range(CALLS))
    [answer] = await _all(calls, "CODE_STATUS_INVALID")
    assert (
        await exchanges.world.call("GetSerialKey", code=code)
    ).item.used_user_id == answer.transaction_result.user_id


async def test_of_200_calls_to_acquire_an_await_one_is_granted(exchanges):
    """The reward is had once."""
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=CALLS)
    await exchanges.put_in_force(
        {"name": "rate", "timingType": "await", "lockTime": 0, "acquireActions": [exchanges.down()]}
    )
    item = (await exchanges.call("CreateAwaitByUserId", user_id="alice", rate_name="rate")).item
    calls = (exchanges.as_player("Acquire", "alice", await_name=item.name) for _ in range(CALLS))
    assert len(await _all(calls, "AWAIT_NOT_FOUND")) == 1
    assert await exchanges.count("got") == CALLS - 1


async def test_skips_at_once_all_count(exchanges):
    """None overwrites another's."""
    await exchanges.put_in_force({"name": "rate", "timingType": "await", "lockTime": 1000})
    item = (await exchanges.call("CreateAwaitByUserId", user_id="alice", rate_name="rate")).item
    await asyncio.gather(*(exchanges.skip(item.name, skip_type=2, minutes=1) for _ in range(50)))
    assert (await exchanges.await_of(item.name)).skip_seconds == 50 * 60


async def test_verify_less_than_5_then_count_up_grants_5_of_200(exchanges):
    """The condition and what changes it are one: nobody comes between them."""
    await exchanges.put_in_force(
        {"name": "rate", "verifyActions": [exchanges.verify("less", 5)], "consumeActions": [exchanges.up()]}
    )
    granted = await _all((exchanges.buy() for _ in range(CALLS)), "COUNTER_VERIFICATION_FAILED")
    assert len(granted) == await exchanges.count() == 5


async def test_200_calls_with_one_key_are_one_exchange(exchanges):
    """All get the same response."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
    answers = await _all((exchanges.buy(duplication_avoider="once") for _ in range(CALLS)), "")
    assert len({answer.SerializeToString() for answer in answers}) == await exchanges.count() == 1
    assert len(answers) == CALLS
