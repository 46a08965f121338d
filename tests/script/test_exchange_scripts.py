"""Scripts of exchanges: prices, permissions, rates and actions that they add."""

import pytest
from support.exchanges import make_exchanges
from support.scripts import GRN, running_with
from support.service import refused

PRICES = {
    "price": "result = {cost = (args.currentExchangeCount + 1) * 100 * args.quantity}",
    "models": "result = {cost = #args.namespace.name + #args.incrementalRateModel.name}",
    "half": "result = {cost = 0.5}",
    "none": "cost = 1",
    "loops": "while true do end",
    "free": "result = {cost = 0}",
}
TRIGGERS = {
    "yes": "result = {permit = true}",
    "no": "result = {permit = false}",
    "closed": "fail(403, 'closed')",
    "rate": "result = {permit = true, rate = args.config[1].value + 0}",
    "triple": "result = {permit = true, rate = 2.5}",
    "nonsense": "result = {permit = 1}",
    "adds": """
result = {permit = true}
transaction.service("limit").consume.count_up_by_user_id({
  namespaceName = args.config[1].value, limitName = "ever", counterName = "added", userId = "#{userId}",
  countUpValue = args.count * 7,
})
""",
    "adds_nothing": 'result = {permit = true} transaction.service("limit").consume.fly({})',
    "refuses": """
result = {permit = true}
transaction.service("limit").verify.verify_counter_by_user_id({
  namespaceName = args.config[1].value, limitName = "ever", counterName = "bought", userId = "#{userId}",
  verifyType = "less", count = 1,
})
""",
}


@pytest.fixture(scope="module")
async def scripted(tmp_path_factory):
    """A server with scripts."""
    async with running_with(tmp_path_factory.mktemp("scripted"), **PRICES, **TRIGGERS) as service:
        yield service


@pytest.fixture
async def exchanges(scripted):
    """Namespaces of the test's own."""
    return await make_exchanges(scripted)


async def price_by(exchanges, name):
    """Put a rate in force whose price a script computes."""
    rate = exchanges.incremental(calculateType="gs2_script", calculateScriptId=GRN.format(name))
    await exchanges.put_in_force(incremental=[rate])


async def trigger(exchanges, name, **fields):
    """Put a rate in force that takes nothing and gives the counter `got`, with a script before exchanges."""
    await exchanges.call("UpdateNamespace", exchange_script={"trigger_script_id": GRN.format(name)})
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()], **fields})


async def test_a_script_sets_the_price_of_all_exchanges_of_a_call(exchanges):
    """It gets the count before them and how many they are."""
    await price_by(exchanges, "price")
    await exchanges.rise()
    assert await exchanges.count("paid") == 100
    await exchanges.rise(count=3)
    assert await exchanges.count("paid") == 100 + 600


@pytest.mark.parametrize(
    ("script", "problem"),
    [("loops", "steps"), ("half", "result"), ("none", "result")],
    ids=["it never ends", "no whole number", "no result"],
)
async def test_a_price_that_a_script_does_not_compute_is_refused(exchanges, script, problem):
    """With the problem, and nothing is counted."""
    await price_by(exchanges, script)
    with refused("SCRIPT_FAILED") as refusal:
        await exchanges.rise()
    assert (refusal.metadata["script"], refusal.metadata["problem"]) == (GRN.format(script), problem)
    assert (await exchanges.count("rising"), await exchanges.count("paid")) == (0, 0)
