"""Preflight: for each action whether it would fail and why. It changes nothing."""

import grpc
import pytest
from support.exchanges import action, make_exchanges
from support.service import refused


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service)


async def _told(exchanges, **actions):
    """Call Preflight; return the path of each action and the reason why it would fail, "" for none."""
    answer = await exchanges.run("Preflight", **actions)
    told = {item.action_path: item.reason for item in answer.items}
    assert answer.would_succeed == (not any(told.values()))
    assert [item.would_succeed for item in answer.items] == [not item.reason for item in answer.items]
    return told


async def test_it_reports_every_action_and_changes_nothing(own_service):
    """Those that would fail are passed over, the others are tried with what those before them did."""
    exchanges = await make_exchanges(own_service)
    before = await own_service.dump()
    told = await _told(
        exchanges,
        verify=[exchanges.verify("equal", 1)],
        consume=[exchanges.up(maxValue=1), exchanges.up(maxValue=1), exchanges.use("x")],
        acquire=[exchanges.down("bought"), exchanges.down("missing"), exchanges.issue()],
    )
    assert told == {
        "verifyActions[0]": "COUNTER_VERIFICATION_FAILED",
        "consumeActions[0]": "",
        "consumeActions[1]": "COUNTER_OVERFLOW",
        "consumeActions[2]": "CODE_NOT_FOUND",
        "acquireActions[0]": "",
        "acquireActions[1]": "COUNTER_NOT_FOUND",
        "acquireActions[2]": "",
    }
    assert await own_service.dump() == before


async def test_a_refusal_is_reported_as_the_call_would_refuse(exchanges):
    """Status, reason, text and metadata are those of the call."""
    answer = await exchanges.run("Preflight", consume=[exchanges.up(countUpValue=2, maxValue=1)])
    [item] = answer.items
    with refused("COUNTER_OVERFLOW") as refusal:
        await exchanges.run(consume=[exchanges.up(countUpValue=2, maxValue=1)])
    del refusal.metadata["request_id"]
    assert (item.status_code, item.reason, item.message) == (9, "COUNTER_OVERFLOW", refusal.message)
    assert (refusal.code, dict(item.metadata)) == (grpc.StatusCode.FAILED_PRECONDITION, refusal.metadata)


async def test_nested_actions_are_reported_too(exchanges):
    """An exchange would fail with the first action inside it that would."""
    rate = {
        "name": "rate",
        "verifyActions": [exchanges.verify("equal", 1)],
        "consumeActions": [exchanges.up()],
        "acquireActions": [exchanges.down("missing")],
    }
    await exchanges.put_in_force(rate)
    assert await _told(exchanges, acquire=[exchanges.exchange("rate")]) == {
        "acquireActions[0]/verifyActions[0]": "COUNTER_VERIFICATION_FAILED",
        "acquireActions[0]/consumeActions[0]": "",
        "acquireActions[0]/acquireActions[0]": "COUNTER_NOT_FOUND",
        "acquireActions[0]": "COUNTER_VERIFICATION_FAILED",
    }
    assert await exchanges.count() == 0
    assert await _told(exchanges, acquire=[exchanges.exchange("other")]) == {
        "acquireActions[0]": "RATE_MODEL_NOT_FOUND"
    }


async def test_a_rising_price_is_reported(exchanges):
    """With the exchange that could not be counted, nothing is said of the price."""
    await exchanges.put_in_force(
        incremental=[exchanges.incremental(consumeAction=exchanges.up("paid", maxValue=15), maximumExchangeCount=2)]
    )
    rise = exchanges.exchange("rising")
    rise["action"] = "Gs2Exchange:IncrementalExchangeByUserId"
    told = await _told(exchanges, acquire=[rise, rise, rise])
    assert told == {
        "acquireActions[0]/consumeActions[0]": "",
        "acquireActions[0]/consumeActions[1]": "",
        "acquireActions[0]": "",
        "acquireActions[1]/consumeActions[0]": "",
        "acquireActions[1]/consumeActions[1]": "COUNTER_OVERFLOW",
        "acquireActions[1]": "COUNTER_OVERFLOW",
        "acquireActions[2]/consumeActions[0]": "COUNTER_OVERFLOW",
        "acquireActions[2]": "COUNTER_OVERFLOW",
    }


async def test_an_expression_is_one_action(exchanges):
    """An alternative that does not hold is no failure."""
    either = action(
        "Gs2Distributor:OrExpressionByUserId",
        userId="#{userId}",
        actions=[exchanges.verify("equal", 5), exchanges.verify("equal", 0)],
    )
    assert await _told(exchanges, verify=[either]) == {"verifyActions[0]": ""}


async def test_a_text_that_is_no_transaction_is_refused(exchanges):
    """As RunTransaction would."""
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.run("Preflight", consume=[exchanges.up() | {"action": "x"}])
    assert refusal.fields == ["transaction.consumeActions[0].action"]
