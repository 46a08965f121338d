"""The script before counting up."""

import asyncio

import pytest
from support.exchanges import make_exchanges, outcome
from support.limits import make_limits
from support.scripts import GRN, running_with
from support.service import refused

SOURCES = {
    "below": "result = {permit = args.counter.count + args.countUpValue <= 3 and args.maxValue == nil}",
    "arguments": """
result = {permit = args.limitModel.name == "daily" and args.userId == "alice" and args.counter.name == "c"
  and args.namespace.countUpScript.triggerScriptId ~= nil and args.maxValue == 9}
""",
    "adds": "result = {permit = true} transaction.service('limit').consume.count_up_by_user_id({})",
}


@pytest.fixture(scope="module")
async def scripted(tmp_path_factory):
    """A server with scripts."""
    async with running_with(tmp_path_factory.mktemp("scripted"), **SOURCES) as service:
        yield service


async def limits_after(service, script):
    """Make limits with a script before counting up."""
    limits = await make_limits(service)
    await limits.call("UpdateNamespace", count_up_script={"trigger_script_id": GRN.format(script)})
    return limits


async def test_a_script_sees_the_count_before(scripted):
    """Its refusal leaves the counter as it is."""
    limits = await limits_after(scripted, "below")
    for _ in range(3):
        await limits.up()
    with refused("SCRIPT_REFUSED"):
        await limits.up()
    assert (await limits.get()).count == 3


async def test_concurrent_calls_are_permitted_one_after_the_other(scripted):
    """No two scripts see the same count, with and without idempotency keys."""
    limits = await limits_after(scripted, "below")
    calls = [limits.up(duplication_avoider=f"k{index}") for index in range(5)] + [limits.up() for _ in range(5)]
    found = await asyncio.gather(*map(outcome, calls))
    assert sorted(found) == ["OK"] * 3 + ["SCRIPT_REFUSED"] * 7
    assert (await limits.get()).count == 3


async def test_the_arguments_of_a_script(scripted):
    """As clients see them."""
    limits = await limits_after(scripted, "arguments")
    assert (await limits.up(max_value=9)).count == 1
    with refused("SCRIPT_REFUSED"):
        await limits.up(max_value=8)


async def test_a_script_before_counting_up_adds_no_actions(scripted):
    """There is no transaction to add them to."""
    limits = await limits_after(scripted, "adds")
    with refused("SCRIPT_FAILED"):
        await limits.up()


async def test_counting_up_in_a_transaction_runs_the_script(scripted):
    """The result of the transaction names it."""
    exchanges = await make_exchanges(scripted)
    setting = {"trigger_script_id": GRN.format("below")}
    await exchanges.limits.call("UpdateNamespace", count_up_script=setting)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
    response = await exchanges.buy(count=3)
    assert [run.script_id for run in response.transaction_result.scripts] == [GRN.format("below")]
    with refused("SCRIPT_REFUSED"):
        await exchanges.buy()
    assert await exchanges.count() == 3
