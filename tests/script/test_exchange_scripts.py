"""Scripts of exchanges: prices, permissions, rates and actions that they add."""

import asyncio
import hashlib
import json

import pytest
from support.exchanges import make_exchanges
from support.scripts import GRN, running_with, write
from support.service import refused
from support.writes_failing import fail_at_each_statement

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
    "rate": "result = {permit = true, rate = args.config[1] and tonumber(args.config[1].value)}",
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
    return await make_exchanges(scripted, enable_await_exchange=True)


async def price_by(exchanges, name):
    """Put a rate in force whose price a script computes."""
    rate = exchanges.incremental(calculateType="gs2_script", calculateScriptId=GRN.format(name))
    await exchanges.put_in_force(incremental=[rate])


async def trigger(exchanges, name, event="exchange", rates=(), **fields):
    """Set a script before an event, and put a rate in force that counts up `bought`, and others."""
    await exchanges.call("UpdateNamespace", **{f"{event}_script": {"trigger_script_id": GRN.format(name)}})
    rate = {"name": "rate", "consumeActions": [exchanges.up()], **fields}
    await exchanges.put_in_force(rate, *rates, incremental=[exchanges.incremental()])


def scripts_of(response):
    """Return the names of the scripts that ran for an exchange."""
    return [run.script_id.rpartition(":")[2] for run in response.transaction_result.scripts]


async def test_a_script_sets_the_price_of_all_exchanges_of_a_call(exchanges):
    """It gets the count before them and how many they are; the result names it with its version."""
    await price_by(exchanges, "price")
    response = await exchanges.rise()
    assert await exchanges.count("paid") == 100
    await exchanges.rise(count=3)
    assert await exchanges.count("paid") == 100 + 600
    [run] = response.transaction_result.scripts
    version = hashlib.sha256(PRICES["price"].encode()).hexdigest()
    assert (run.script_id, run.version) == (GRN.format("price"), version)


async def test_a_price_of_0_is_not_paid(exchanges):
    """There is no action for it."""
    await price_by(exchanges, "free")
    response = await exchanges.rise()
    assert len(response.transaction_result.consume_results) == 1


async def test_a_script_sees_the_rate_and_the_namespace(exchanges):
    """As clients see them."""
    await price_by(exchanges, "models")
    await exchanges.rise()
    assert await exchanges.count("paid") == len(exchanges.name) + len("rising")


async def test_concurrent_exchanges_pay_a_price_each(exchanges):
    """No two of them see the same count."""
    await price_by(exchanges, "price")
    await asyncio.gather(*(exchanges.rise() for _ in range(10)))
    assert await exchanges.count("paid") == sum(range(100, 1001, 100))


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


async def test_master_data_may_name_a_script_that_is_missing(exchanges):
    """The exchange is refused."""
    await price_by(exchanges, "absent")
    with refused("SCRIPT_NOT_FOUND") as refusal:
        await exchanges.rise()
    assert refusal.metadata["script"] == GRN.format("absent")


async def test_a_script_permits(exchanges):
    """The exchange is made, and the result names the script."""
    await trigger(exchanges, "yes")
    assert scripts_of(await exchanges.buy()) == ["yes"]
    assert await exchanges.count() == 1


@pytest.mark.parametrize(
    ("script", "reason", "metadata"),
    [
        ("no", "SCRIPT_REFUSED", {}),
        ("closed", "SCRIPT_REFUSED", {"message": "closed", "status_code": "403"}),
        ("nonsense", "SCRIPT_FAILED", {"problem": "result", "detail": "permit must be true or false"}),
        ("adds_nothing", "SCRIPT_FAILED", {"problem": "result"}),
    ],
)
async def test_a_script_that_does_not_permit_changes_nothing(exchanges, script, reason, metadata):
    """The exchange is refused."""
    await trigger(exchanges, script)
    with refused(reason) as refusal:
        await exchanges.buy()
    assert refusal.metadata.items() >= metadata.items()
    assert await exchanges.count() == 0


async def test_a_script_adds_actions(exchanges):
    """They run with those of the rate, once whatever the count is."""
    await trigger(exchanges, "adds")
    response = await exchanges.buy(count=2, values={"limits": exchanges.limits.name})
    assert (await exchanges.count("bought"), await exchanges.count("added")) == (2, 14)
    assert len(response.transaction_result.consume_results) == 2


async def test_a_script_adds_a_condition(exchanges):
    """Verify actions run before the price is paid."""
    await trigger(exchanges, "refuses")
    await exchanges.buy(values={"limits": exchanges.limits.name})
    with refused("COUNTER_VERIFICATION_FAILED") as refusal:
        await exchanges.buy(values={"limits": exchanges.limits.name})
    assert refusal.metadata["action_path"] == "verifyActions[0]"
    assert await exchanges.count() == 1


async def test_a_script_multiplies_the_reward(exchanges):
    """Quantities are rounded down; one of 0 is left out."""
    inner = {"name": "inner", "consumeActions": [exchanges.up("inner")]}
    await trigger(exchanges, "rate", acquireActions=[exchanges.exchange("inner", 3)], rates=[inner])
    given = await exchanges.buy(values={"by": "2.5"})
    assert json.loads(given.transaction_result.acquire_results[0].acquire_request)["count"] == 7
    nothing = await exchanges.buy(values={"by": "0.3"})
    assert len(nothing.transaction_result.acquire_results) == 0


async def test_a_nested_exchange_runs_its_script(exchanges):
    """The result of the whole names the scripts of all."""
    inner = {"name": "inner", "consumeActions": [exchanges.up("inner")]}
    await trigger(exchanges, "yes", acquireActions=[exchanges.exchange("inner")], rates=[inner])
    assert scripts_of(await exchanges.buy()) == ["yes", "yes"]
    assert await exchanges.count("inner") == 1


async def test_a_script_before_an_incremental_exchange(exchanges):
    """It adds actions as well; the price does not change."""
    await trigger(exchanges, "adds", "incremental_exchange")
    values = [{"key": "limits", "value": exchanges.limits.name}]
    await exchanges.rise(count=2, config=values)
    counts = [await exchanges.count(name) for name in ("rising", "paid", "added")]
    assert counts == [2, 30, 14]


async def test_a_script_before_acquiring(exchanges):
    """It permits; a refusal keeps the await."""
    later = {"name": "later", "timingType": "await", "lockTime": 0, "acquireActions": []}
    await trigger(exchanges, "no", "acquire_await", rates=[later])
    name = await exchanges.wait_for("later")
    with refused("SCRIPT_REFUSED"):
        await exchanges.call("AcquireByUserId", user_id="alice", await_name=name)
    assert [each.name for each in await exchanges.awaits()] == [name]
    await trigger(exchanges, "yes", "acquire_await", rates=[later])
    response = await exchanges.call("AcquireByUserId", user_id="alice", await_name=name)
    assert scripts_of(response) == ["yes"]
    assert await exchanges.awaits() == []


async def test_the_reward_of_an_await_is_not_multiplied(exchanges):
    """There is no reward yet."""
    later = {"name": "later", "timingType": "await", "lockTime": 1, "acquireActions": []}
    await trigger(exchanges, "triple", rates=[later])
    with refused("SCRIPT_FAILED"):
        await exchanges.buy("later")
    assert await exchanges.awaits() == []


async def test_arguments_that_are_too_long(exchanges):
    """A script cannot get all of the config that a call may have."""
    await trigger(exchanges, "yes")
    with refused("SCRIPT_FAILED") as refusal:
        await exchanges.buy(values={"a": "x" * 40_000, "b": "y" * 40_000})
    assert refusal.metadata["problem"] == "arguments"


async def test_a_failure_at_any_statement_changes_nothing(tmp_path):
    """Of an exchange with scripts: the price, the permission and the actions that it adds."""
    async with running_with(tmp_path, **PRICES, **TRIGGERS) as service:
        exchanges = await make_exchanges(service)
        await trigger(exchanges, "adds", "incremental_exchange")
        rate = exchanges.incremental(calculateType="gs2_script", calculateScriptId=GRN.format("price"))
        await exchanges.put_in_force(incremental=[rate])
        values = [{"key": "limits", "value": exchanges.limits.name}]
        _, failed = await fail_at_each_statement(service, lambda: exchanges.rise(config=values))
        assert failed
        assert [await exchanges.count(name) for name in ("rising", "paid", "added")] == [1, 100, 7]


async def test_scripts_are_replaced_on_request(tmp_path):
    """All together; if one has a mistake, all stay as they were."""
    async with running_with(tmp_path, **PRICES) as service:
        exchanges = await make_exchanges(service)
        await price_by(exchanges, "price")
        reloading = service.app.components.reloading
        write(tmp_path, price="result = {cost = 7}")
        await reloading.reload()
        await exchanges.rise()
        write(tmp_path, price="result = {cost = 9}", other="x = = 1")
        await reloading.reload()
        await exchanges.rise()
        assert await exchanges.count("paid") == 14
