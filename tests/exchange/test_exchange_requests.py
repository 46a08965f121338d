"""The requests of an exchange's actions: a count multiplies it, values are put into it (semantics 5.3, 11.6)."""

import json

import pytest
from support.exchanges import config, make_exchanges
from support.service import refused


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service)


async def test_a_count_multiplies_quantities_and_not_maxima(exchanges):
    """Semantics 5.3: effective values are multiplied, also defaults; maxValue is not; verify unless it says so."""
    await exchanges.put_in_force(
        {
            "name": "rate",
            "verifyActions": [
                exchanges.verify("equal", 7, counter="start"),
                exchanges.verify("equal", 7, counter="start7", multiplyValueSpecifyingQuantity=False),
            ],
            "consumeActions": [exchanges.up("defaulted", maxValue=3), exchanges.up("given", countUpValue=5)],
            "acquireActions": [exchanges.down("got", countDownValue=2)],
        }
    )
    for counter, count in (("start", 21), ("start7", 7), ("got", 10)):
        await exchanges.limits.up(counter=counter, limit="ever", count_up_value=count)
    answer = await exchanges.buy(count=3)
    assert [await exchanges.count(counter) for counter in ("defaulted", "given", "got")] == [3, 15, 4]
    requests = [json.loads(result.consume_request) for result in answer.transaction_result.consume_results]
    assert [(request["countUpValue"], request.get("maxValue")) for request in requests] == [(3, 3), (15, None)]


@pytest.mark.parametrize("place", ["consumeActions", "acquireActions"])
async def test_an_action_that_cannot_be_multiplied_refuses_before_anything_runs(exchanges, place):
    """Semantics 12.11: with a count of 1 it is fine."""
    actions = {"consumeActions": [exchanges.up()], "acquireActions": []}
    actions[place].append({"consumeActions": exchanges.use, "acquireActions": exchanges.issue}[place]())
    await exchanges.put_in_force({"name": "rate", **actions})
    codes = await exchanges.world.codes(1)
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.buy(count=2, values={"code": codes[0]})
    assert (refusal.metadata["component"], refusal.fields) == ("rateModel", ["count"])
    assert await exchanges.count() == 0
    await exchanges.buy(values={"code": codes[0]})


async def test_a_verify_action_without_quantity_is_not_multiplied(exchanges):
    """It changes nothing, so once is as good as many times."""
    [code] = await exchanges.world.codes(1)
    await exchanges.put_in_force(
        {"name": "rate", "verifyActions": [exchanges.verify_code()], "consumeActions": [exchanges.up()]}
    )
    await exchanges.buy(count=3, values={"code": code})
    assert await exchanges.count() == 3


async def test_a_quantity_that_grows_beyond_an_int_is_refused(exchanges):
    """No number wraps around: the field is named and nothing happened."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up(countUpValue=2_000_000)]})
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.buy(count=1_073_741_821)
    assert refusal.fields == ["consumeActions[0].request.countUpValue"]
    assert await exchanges.count() == 0


async def test_a_value_arrives_as_it_is(exchanges):
    r"""Semantics 11.6: a"b\c stays what it is, in the request and in what it makes."""
    value = 'a"b\\c#{userId}'
    await exchanges.put_in_force({"name": "rate", "acquireActions": [exchanges.issue(metadata="<#{code}>")]})
    answer = await exchanges.buy(values={"code": value})
    [acquired] = answer.transaction_result.acquire_results
    assert json.loads(acquired.acquire_request)["metadata"] == f"<{value}>"
    assert json.loads(acquired.acquire_result)["item"]["metadata"] == f"<{value}>"


async def test_a_string_fills_a_number(exchanges):
    """A placeholder in a string may be a number's or a flag's whole value; what is no number is refused."""
    verify = exchanges.verify("equal", "#{count}", multiplyValueSpecifyingQuantity="#{flag}")
    up = exchanges.up(countUpValue="#{value}", maxValue="1#{value}")
    await exchanges.put_in_force({"name": "rate", "verifyActions": [verify], "consumeActions": [up]})
    values = {"value": "7", "count": "0", "flag": "false"}
    await exchanges.buy(values=values)
    assert await exchanges.count() == 7
    for value in ("seven", "7.0", "", " 7", "7e0", "\N{ARABIC-INDIC DIGIT SEVEN}", "99999999999"):
        with refused("VALIDATION_FAILED") as refusal:
            await exchanges.buy(values=values | {"value": value})
        assert "consumeActions[0].request.countUpValue" in refusal.fields
    assert await exchanges.count() == 7


async def test_the_player_of_a_transaction_cannot_be_chosen_by_config(exchanges):
    """Semantics 12.13: userId is always the player's."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
    await exchanges.as_player("Exchange", "alice", rate_name="rate", count=1, config=config(userId="bob"))
    assert [await exchanges.count(user_id=user) for user in ("alice", "bob")] == [1, 0]


async def test_a_rate_may_name_another_player(exchanges):
    """The player that master data names receives the action, for example a bonus for the friend who sent the code."""
    bonus = exchanges.up("bonus")
    bonus["request"] = bonus["request"].replace("#{userId}", "#{friend}")
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up(), bonus]})
    await exchanges.buy(values={"friend": "bob"})
    assert (await exchanges.count(), await exchanges.count("bonus", user_id="bob")) == (1, 1)


async def test_a_placeholder_without_a_value_is_refused_before_anything_runs(exchanges):
    """Semantics 12.14: the missing keys are named."""
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.up(), exchanges.use()], "acquireActions": [exchanges.issue()]}
    )
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.buy(values={"other": "x"})
    assert (refusal.metadata["component"], refusal.fields) == ("config", ["config"])
    assert await exchanges.count() == 0
