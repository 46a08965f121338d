"""Drafts of rates that could not be in force are refused when they are made."""

import json

import pytest
from support.exchanges import make_exchanges
from support.rates import CHECK, COUNTER, GRN, LOCK_MAX, PLAYER, PRICE, REWARD, RISING, UP, act
from support.service import refused


@pytest.fixture(scope="module")
async def exchanges(service):
    """Namespaces with a rate of each kind in force, for tests that change nothing."""
    exchanges = await make_exchanges(service)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [PRICE]}, incremental=[RISING])
    return exchanges


# Drafts


def _draft(action):
    """Return an action as drafts have it."""
    return {"action": action["action"], "request": json.dumps(action["request"])}


BAD_REWARD = act("Gs2Limit:CountDownByUserId", COUNTER | {"counterName": "a/b", "countDownValue": "#{n}"})
CHECK_PRICE = act("Gs2Distributor:OrExpressionByUserId", PLAYER | {"actions": [CHECK, PRICE]})
DRAFTS = [
    ({"lock_time": LOCK_MAX + 1}, "lock_time"),
    ({"metadata": "a" * 2049}, "metadata"),
    ({"verify_actions": [_draft(CHECK)] * 11}, "verify_actions"),
    ({"consume_actions": [_draft(PRICE), {"action": UP}]}, "consume_actions[1].request"),
    ({"consume_actions": [_draft(PRICE), _draft(CHECK)]}, "consume_actions[1].action"),
    ({"consume_actions": [{"action": UP, "request": "#{all}"}]}, "consume_actions[0].request"),
    ({"acquire_actions": [_draft(REWARD), _draft(BAD_REWARD)]}, "acquire_actions[1].request.counterName"),
    ({"verify_actions": [_draft(CHECK_PRICE)]}, "verify_actions[0].request.actions[1].action"),
]
RISING_DRAFT = {
    "consume_action": _draft(PRICE),
    "calculate_type": 2,
    "coefficient_value": 1,
    "exchange_count_id": GRN,
    "maximum_exchange_count": 1,
}
RISING_DRAFTS = [
    ({"calculate_type": 3}, "calculate_script_id"),
    ({"base_value": -1}, "base_value"),
    ({"exchange_count_id": "ever"}, "exchange_count_id"),
    ({"consume_action": {"action": UP, "request": "[]"}}, "consume_action.request"),
    ({"consume_action": _draft(CHECK_PRICE)}, "consume_action.action"),
    ({"consume_action": {"action": "Gs2Limit:CountUp", "request": "{}"}}, "consume_action.action"),
    ({"acquire_actions": [_draft(BAD_REWARD)]}, "acquire_actions[0].request.counterName"),
]


async def _refuses_draft(exchanges, kind, good, change, path):
    """Check that a draft is refused when it is made, and when a good one is changed into it; that stays."""
    name = f"draft-{kind}"
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.call(f"Create{kind}Master", name=name, **good | change)
    assert refusal.fields == [path]
    made = (await exchanges.call(f"Create{kind}Master", name=name, **good)).item
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.call(f"Update{kind}Master", rate_name=name, **change)
    assert refusal.fields == [path]
    assert (await exchanges.call(f"Delete{kind}Master", rate_name=name)).item == made


@pytest.mark.parametrize(("change", "path"), DRAFTS, ids=[path for _, path in DRAFTS])
async def test_a_rate_that_could_not_be_in_force_is_no_draft(exchanges, change, path):
    """Neither made nor changed; the path is that of the request."""
    await _refuses_draft(exchanges, "RateModel", {}, change, path)


@pytest.mark.parametrize(("change", "path"), RISING_DRAFTS, ids=[path for _, path in RISING_DRAFTS])
async def test_an_incremental_rate_that_could_not_be_in_force_is_no_draft(exchanges, change, path):
    """Neither made nor changed; the path is that of the request."""
    await _refuses_draft(exchanges, "IncrementalRateModel", RISING_DRAFT, change, path)


async def test_what_fits_only_together_is_checked_together(exchanges):
    """A field that was good with the others is refused when it is taken away, or the others change."""
    script = {"calculate_type": 3, "calculate_script_id": "grn:script"}
    await exchanges.call("CreateIncrementalRateModelMaster", name="together", **RISING_DRAFT | script)

    async def clear(*paths):
        mask = {"paths": paths}
        return await exchanges.call("UpdateIncrementalRateModelMaster", rate_name="together", update_mask=mask)

    with refused("VALIDATION_FAILED") as refusal:
        await clear("calculate_script_id")
    assert refusal.fields == ["calculate_script_id"]
    with refused("VALIDATION_FAILED") as refusal:
        await clear("calculate_script_id", "calculate_type")
    assert refusal.fields == ["calculate_type"]
    found = (await exchanges.call("GetIncrementalRateModelMaster", rate_name="together")).item
    assert (found.calculate_script_id, found.revision) == ("grn:script", 1)
