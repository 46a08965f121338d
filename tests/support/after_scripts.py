"""Scripts after events: namespaces that have them, and what they did."""

from typing import Any

from support.deliveries import deliveries
from support.exchanges import Exchanges
from support.scripts import GRN

GS2_SCRIPT, AWS = 2, 3
COUNTS = """
transaction.service("limit").consume.count_up_by_user_id({
  namespaceName = %s, limitName = "ever", counterName = %s, userId = "#{userId}", countUpValue = %s,
})
"""
BY_CONFIG = "args.config[1].value"


def counts(namespace: str = BY_CONFIG, counter: str = '"after"', value: str = "1") -> str:
    """Return a script that counts up."""
    return COUNTS % (namespace, counter, value)


# What an event was about, as the name of a counter.
SEEN = """
local seen = {}
for name in pairs(args) do seen[#seen + 1] = name end
local about = table.concat(seen, "-") .. "." .. %s
"""
SOURCES = {
    "counts": counts(value="args.count"),
    "seen": SEEN % "args.rateModel.name .. args.count .. args.userId" + counts(counter="about"),
    "seen_await": SEEN % "args.await.rateName" + counts(counter="about"),
    "seen_counters": "if args.newCounter.name ~= 'c' then return end "
    + SEEN % "(args.oldCounter.count * 100 + args.newCounter.count)"
    + counts("args.namespace.name", "about"),
    "itself": counts("args.namespace.name"),
    "nothing": "",
    "nonsense": "result = 7 x = args.count + 1",
    "fails": "error('secret ' .. args.userId)",
    "loops": "while true do end",
    "refuses": "fail(403, 'no')",
    "wrong": "transaction.service('limit').consume.fly({})",
    "lacks": """
transaction.service("limit").verify.verify_counter_by_user_id({
  namespaceName = args.config[1].value, limitName = "ever", counterName = "bought", userId = "#{userId}",
  verifyType = "greater", count = 9,
})
""",
    "below": "result = {permit = args.counter.count < 2}",
    "yes": "result = {permit = true}",
    "random": counts(value="math.random(1, 1000000)"),
}


def after(name: str, before: str | None = None) -> dict[str, Any]:
    """Return the setting of a script after an event, and of one before it."""
    setting: dict[str, Any] = {"done_trigger_target_type": GS2_SCRIPT, "done_trigger_script_id": GRN.format(name)}
    return setting if before is None else {**setting, "trigger_script_id": GRN.format(before)}


async def after_exchanges(exchanges: Exchanges, name: str, event: str = "exchange", **rate: Any) -> None:
    """Set the script after an event, and put `rate` in force, whose exchange counts up `bought`, and `rising`."""
    setting: dict[str, Any] = {f"{event}_script": after(name)}
    await exchanges.call("UpdateNamespace", **setting)
    found = {"name": "rate", "consumeActions": [exchanges.up()], **rate}
    await exchanges.put_in_force(found, incremental=[exchanges.incremental()])


async def after_counting(exchanges: Exchanges, name: str, before: str | None = None) -> None:
    """Set the script after counting up."""
    await exchanges.limits.call("UpdateNamespace", count_up_script=after(name, before))


async def ids(exchanges: Exchanges) -> list[str]:
    """Return the IDs of all deliveries."""
    return [each.delivery_id for each in await deliveries(exchanges)]


async def buy(exchanges: Exchanges, **fields: Any) -> Any:
    """Exchange; the script gets the name of the namespace of counters."""
    return await exchanges.buy(values={"limits": exchanges.limits.name}, **fields)


async def counters(exchanges: Exchanges) -> dict[str, int]:
    """Return the counts of all counters of a player by their names."""
    found = await exchanges.limits.call("DescribeCountersByUserId", user_id="alice", limit=1000)
    return {each.name: each.count for each in found.items}
