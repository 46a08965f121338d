"""Exchanging at a price that rises (semantics 3.3, 11.5, 12.19 to 12.21)."""

import json

import pytest
from support.exchanges import make_exchanges
from support.service import refused

INT64_MAX = 9_223_372_036_854_775_805


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service)


async def _prices(exchanges, *counts):
    """Exchange so many at once, one after the other; return what each paid."""
    paid = []
    for count in counts:
        before = await exchanges.count("paid")
        await exchanges.rise(count=count)
        paid.append(await exchanges.count("paid") - before)
    return paid


async def test_a_linear_price(exchanges):
    """Semantics 11.5: base 10 and coefficient 10 cost 10, 20, 30; three at once cost the same together."""
    await exchanges.put_in_force(incremental=[exchanges.incremental()])
    assert await _prices(exchanges, 1, 1, 1) == [10, 20, 30]
    assert await _prices(exchanges, 3) == [40 + 50 + 60]


async def test_a_price_that_rises_with_the_square(exchanges):
    """Semantics 11.5: coefficient 5 costs 5, 20, 45."""
    power = exchanges.incremental(calculateType="power", coefficientValue=5)
    await exchanges.put_in_force(incremental=[power])
    assert await _prices(exchanges, 1, 1, 1) == [5, 20, 45]
    assert await _prices(exchanges, 2) == [5 * 16 + 5 * 25]


async def test_after_a_reset_the_price_is_the_first_again(own_service):
    """Semantics 11.5: the count belongs to the limit, and goes back with it."""
    exchanges = await make_exchanges(own_service)
    daily = exchanges.incremental()["exchangeCountId"].replace(":limit:ever", ":limit:daily")
    await exchanges.put_in_force(incremental=[exchanges.incremental(exchangeCountId=daily)])
    assert await _prices(exchanges, 1, 1) == [10, 20]
    own_service.clock.advance(seconds=24 * 60 * 60)
    assert await _prices(exchanges, 1) == [10]


async def test_no_more_than_the_maximum(exchanges):
    """Semantics 11.5: with a maximum of 2 the third is refused by the counter, and nothing is paid."""
    await exchanges.put_in_force(incremental=[exchanges.incremental(maximumExchangeCount=2)])
    await exchanges.rise(count=2)
    with refused("COUNTER_OVERFLOW") as refusal:
        await exchanges.rise()
    assert refusal.metadata["code"] == "limit.counter.overflow"
    assert refusal.metadata["action_path"] == "consumeActions[0]"
    assert await exchanges.count("paid") == 30


async def test_a_maximum_of_0_allows_none(exchanges):
    """The documented least maximum."""
    await exchanges.put_in_force(incremental=[exchanges.incremental(maximumExchangeCount=0)])
    with refused("EXCHANGES_EXHAUSTED") as refusal:
        await exchanges.rise()
    assert refusal.metadata["component"] == "incrementalRateModel"


async def test_the_response_shows_counting_and_paying(exchanges):
    """The count-up comes first, under the name of the rate; the price replaces its quantity."""
    rate = exchanges.incremental(
        consumeAction=exchanges.up("paid", countUpValue=999), acquireActions=[exchanges.down(countDownValue=2)]
    )
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    await exchanges.put_in_force(incremental=[rate])
    token_answer = await exchanges.as_player("IncrementalExchange", "alice", rate_name="rising", count=2)
    counted, paid = token_answer.transaction_result.consume_results
    assert json.loads(counted.consume_request) == {
        "namespaceName": exchanges.limits.name,
        "limitName": "ever",
        "counterName": "rising",
        "userId": "alice",
        "countUpValue": 2,
        "maxValue": 1000,
    }
    assert json.loads(paid.consume_request)["countUpValue"] == 30
    assert token_answer.item.name == "rising"
    assert (await exchanges.count("got"), await exchanges.count("rising")) == (6, 2)


async def test_a_price_of_0_is_not_paid(exchanges):
    """A consume action cannot be done 0 times; the count rises all the same."""
    await exchanges.put_in_force(incremental=[exchanges.incremental(baseValue=0)])
    answer = await exchanges.rise()
    assert len(answer.transaction_result.consume_results) == 1
    assert (await exchanges.count("paid"), await exchanges.count("rising")) == (0, 1)
    assert await _prices(exchanges, 1) == [10]


@pytest.mark.parametrize(
    ("fields", "count", "price"),
    [
        ({"baseValue": 2**31}, 1, 2**31),
        ({"baseValue": INT64_MAX, "coefficientValue": INT64_MAX}, 1000, 1000 * INT64_MAX + 499_500 * INT64_MAX),
        ({"calculateType": "power", "coefficientValue": INT64_MAX}, 2, 5 * INT64_MAX),
    ],
    ids=["beyond the field", "beyond 64 bits", "power"],
)
async def test_a_price_that_no_number_holds_is_refused(exchanges, fields, count, price):
    """It is reported, and nothing is counted."""
    await exchanges.put_in_force(incremental=[exchanges.incremental(**fields)])
    with refused("PRICE_TOO_HIGH") as refusal:
        await exchanges.rise(count=count)
    assert refusal.metadata["price"] == str(price)
    assert await exchanges.count("rising") == 0


async def test_a_price_may_be_another_quantity(exchanges):
    """Any consume action with a quantity can be the price; if it refuses, the count has not risen."""
    up = exchanges.up("paid", maxValue=25)
    await exchanges.put_in_force(incremental=[exchanges.incremental(consumeAction=up)])
    await exchanges.rise()
    with refused("COUNTER_OVERFLOW") as refusal:
        await exchanges.rise()
    assert refusal.metadata["action_path"] == "consumeActions[1]"
    assert (await exchanges.count("paid"), await exchanges.count("rising")) == (10, 1)


async def test_a_price_by_script_is_not_supported(exchanges):
    """Semantics 12.22: it is stored, and refused when it would have to be reckoned."""
    script = exchanges.incremental(calculateType="gs2_script", calculateScriptId="grn")
    await exchanges.put_in_force(incremental=[script])
    with refused("SCRIPT_NOT_SUPPORTED") as refusal:
        await exchanges.rise()
    assert refusal.metadata["component"] == "incrementalRateModel"


async def test_an_incremental_exchange_may_be_a_reward(exchanges):
    """As an acquire action, multiplied by the count."""
    inner = exchanges.exchange("rising")
    inner["action"] = "Gs2Exchange:IncrementalExchangeByUserId"
    await exchanges.put_in_force({"name": "rate", "acquireActions": [inner]}, incremental=[exchanges.incremental()])
    await exchanges.buy(count=3)
    assert (await exchanges.count("paid"), await exchanges.count("rising")) == (60, 3)


async def test_a_limit_that_is_not_in_force_counts_no_exchange(exchanges):
    """The limit that exchangeCountId names may be missing when the exchange is made."""
    missing = exchanges.incremental()["exchangeCountId"].replace(":limit:ever", ":limit:never")
    await exchanges.put_in_force(incremental=[exchanges.incremental(exchangeCountId=missing)])
    with refused("LIMIT_MODEL_NOT_FOUND") as refusal:
        await exchanges.rise()
    assert refusal.metadata["component"] == "limitModel"
