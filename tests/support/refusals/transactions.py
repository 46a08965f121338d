"""Refusals about exchanges, transactions, handlers and sheets."""

import json
from typing import Any

from redeem.common.v1 import common_pb2
from redeem.transaction.v1 import requests_pb2 as pb

from support.clock import ManualClock
from support.exchanges import Exchanges, action, make_exchanges
from support.handler import TAKE, Handler, handling
from support.refusals import Stage, provokes
from support.service import Service, running
from support.sheets import make_sheets

_ID = "0f5c1e9a-7d34-4b62-9c81-2f6ab0d3e7c5"
HALF_A_DAY = 12 * 60 * 60


def plain(_exchanges: Exchanges) -> Any:
    """A rate that takes and gives nothing."""
    return {"name": "rate"}


def later(_exchanges: Exchanges) -> Any:
    """A rate that is waited for."""
    return {"name": "later", "timingType": "await", "lockTime": 10}


async def ask(stage: Stage, rpc: str, **fields: Any) -> Any:
    """Call a method of TransactionService as the administrator."""
    request = getattr(pb, f"{rpc}Request")(**fields)
    return await getattr(stage.service.transactions, rpc)(request, metadata=stage.service.admin)


@provokes("AWAIT_NOT_FOUND")
async def unknown_await(stage: Stage) -> None:
    """Nobody waits."""
    await (await stage.exchanges()).await_of("unknown")


@provokes("AWAIT_LOCKED")
async def acquired_too_early(stage: Stage) -> None:
    """Ten minutes."""
    exchanges = await stage.exchanges(later, enable_await_exchange=True)
    name = await exchanges.wait_for("later")
    await exchanges.call("AcquireByUserId", user_id="alice", await_name=name)


@provokes("DIRECT_EXCHANGE_DISABLED")
async def exchanged_directly(stage: Stage) -> None:
    """In a namespace for actions only."""
    await (await stage.exchanges(plain, enable_direct_exchange=False)).buy()


@provokes("AWAIT_EXCHANGE_DISABLED")
async def waited_for_nothing(stage: Stage) -> None:
    """In a namespace without waiting."""
    await (await stage.exchanges(later)).buy("later")


@provokes("RATE_NOT_AWAITING")
async def await_of_a_rate_at_once(stage: Stage) -> None:
    """There is nothing to wait for."""
    await (await stage.exchanges(plain, enable_await_exchange=True)).wait_for("rate")


@provokes("EXCHANGES_EXHAUSTED")
async def no_exchange_at_all(stage: Stage) -> None:
    """The maximum is 0."""
    await (await stage.exchanges(incremental=[lambda there: there.incremental(maximumExchangeCount=0)])).rise()


@provokes("PRICE_TOO_HIGH")
async def price_beyond_counters(stage: Stage) -> None:
    """More than a counter counts."""
    await (await stage.exchanges(incremental=[lambda there: there.incremental(baseValue=2**31)])).rise()


@provokes("SCRIPT_NOT_SUPPORTED")
async def script(stage: Stage) -> None:
    """Which would have to run."""
    await (await stage.exchanges(plain, exchange_script={"trigger_script_id": "grn"})).buy()


@provokes("TRANSACTION_RESULT_NOT_FOUND")
async def unknown_transaction(stage: Stage) -> None:
    """It was never run."""
    await ask(stage, "GetTransactionResultByUserId", user_id="alice", transaction_id=_ID)


@provokes("TRANSACTION_ALREADY_RUN")
async def transaction_twice(stage: Stage) -> None:
    """Under one id."""
    exchanges = await stage.exchanges()
    for _ in range(2):
        await exchanges.run(user_id="dora", transaction_id=_ID, consume=[exchanges.up()])


async def run_and_revert(stage: Stage, times: int, **actions: Any) -> None:
    """Run a transaction for alice, and revert it some times."""
    exchanges = await stage.exchanges()
    chosen: dict[str, Any] = {kind: [of(exchanges) for of in them] for kind, them in actions.items()}
    found = await exchanges.run(**chosen)
    for _ in range(times):
        await ask(stage, "RevertTransaction", user_id="alice", transaction_id=found.item.transaction_id)


@provokes("TRANSACTION_ALREADY_REVERTED")
async def reverted_twice(stage: Stage) -> None:
    """With different keys."""
    await run_and_revert(stage, 2, consume=[Exchanges.up])


@provokes("TRANSACTION_IRREVERSIBLE")
async def reverted_reward(stage: Stage) -> None:
    """A code that was issued."""
    await run_and_revert(stage, 1, acquire=[Exchanges.issue])


@provokes("TRANSACTION_TOO_LARGE")
async def rate_that_gives_itself(stage: Stage) -> None:
    """Without an end."""
    forever = {"name": "rate"}
    await (await stage.exchanges(lambda there: forever | {"acquireActions": [there.exchange("rate")]})).buy()


@provokes("EXPRESSION_FALSE")
async def nothing_holds(stage: Stage) -> None:
    """Of the request."""
    exchanges = await stage.exchanges()
    asked = exchanges.verify("equal", 1)
    asked["request"] = asked["request"].replace("#{userId}", "alice")
    await ask(stage, "OrExpressionByUserId", user_id="alice", actions=[common_pb2.VerifyAction(**asked)])


@provokes("DELIVERY_NOT_FOUND")
async def unknown_delivery(stage: Stage) -> None:
    """To be tried again."""
    await ask(stage, "RetryDelivery", delivery_id=_ID)


async def take_gold(stage: Stage, handler: Handler) -> None:
    """Run a transaction whose price a handler takes."""
    async with running(stage.folder / "data", action_handlers=handler.configuration()) as service:
        exchanges = await make_exchanges(service)
        await exchanges.run(consume=[action(TAKE, item="gold", count=1)])


@provokes("ACTION_REFUSED")
async def no_gold(stage: Stage) -> None:
    """The handler says so."""
    async with handling(stage.folder / "handler") as handler:
        await take_gold(stage, handler)


@provokes("HANDLER_UNAVAILABLE")
async def nobody_there(stage: Stage) -> None:
    """The handler does not run."""
    await take_gold(stage, Handler(stage.folder / "handler"))


@provokes("ACTION_NOT_HERE")
async def bag_of_another_service(stage: Stage) -> None:
    """Declared, and run nevertheless."""
    path = stage.folder / "handlers.json"
    path.write_text(json.dumps({"Gs2Inventory": {"notHere": ["AcquireItemSetByUserId"]}}))
    async with running(stage.folder / "data", action_handlers=path) as service:
        exchanges = await make_exchanges(service)
        await exchanges.run(acquire=[action("Gs2Inventory:AcquireItemSetByUserId", acquireCount=1)])


async def two_prices(service: Service) -> Any:
    """Return a signed sheet that counts up twice."""
    sheets = await make_sheets(service)
    return sheets, await sheets.sign(consume=[sheets.exchanges.up(), sheets.exchanges.up()])


@provokes("SHEET_INVALID")
async def altered_task(stage: Stage) -> None:
    """Its body is not what was signed."""
    sheets, signed = await two_prices(stage.service)
    task = json.loads(signed.tasks[0])
    task["body"] += " "
    await sheets.run("RunStampTask", stamp_task=json.dumps(task), key_id=signed.key_id)


@provokes("SHEET_PART_ALREADY_RUN")
async def task_twice(stage: Stage) -> None:
    """The same one."""
    sheets, signed = await two_prices(stage.service)
    for _ in range(2):
        await sheets.task(signed, 0)


@provokes("SHEET_OUT_OF_ORDER")
async def second_task_first(stage: Stage) -> None:
    """Before its turn."""
    sheets, signed = await two_prices(stage.service)
    await sheets.task(signed, 1)


@provokes("SHEET_EXPIRED")
async def old_sheet(stage: Stage) -> None:
    """Of half a day ago."""
    clock = ManualClock()
    async with running(stage.folder, clock=clock) as service:
        sheets, signed = await two_prices(service)
        clock.advance(seconds=HALF_A_DAY)
        await sheets.task(signed, 0)


@provokes("STAMP_SHEET_RESULT_NOT_FOUND")
async def unknown_sheet(stage: Stage) -> None:
    """It was never run."""
    await ask(stage, "GetStampSheetResultByUserId", user_id="alice", transaction_id=_ID)
