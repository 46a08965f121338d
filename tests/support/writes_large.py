"""Exchanges with as many actions as a rate may have, of all kinds."""

import functools
from collections.abc import Callable
from typing import Any

from support.exchanges import Action, Actions, Exchanges, action, make_exchanges
from support.service import Service

PLENTY = 10_000


async def make_rich(service: Service) -> Exchanges:
    """Make namespaces on a server without housekeeping; alice has plenty of `got` and `last` to lose."""
    await service.stop_housekeeping()
    exchanges = await make_exchanges(service, enable_await_exchange=True)
    for counter in ("got", "last"):
        await exchanges.limits.up(counter=counter, limit="ever", count_up_value=PLENTY)
    return exchanges


def rewards_of_all_kinds(exchanges: Exchanges) -> list[Action]:
    """Return 7 acquire actions; some issue a code, exchange, or make an await."""
    return [
        exchanges.down(),
        exchanges.issue(),
        exchanges.down(),
        exchanges.exchange("small"),
        exchanges.down(countDownValue=2),
        exchanges.create_await("slow", count=2),
        exchanges.down(),
    ]


def ninety_nine_rewards(exchanges: Exchanges) -> list[Action]:
    """Return acquire actions: the 7 of all kinds 5 times among many small ones."""
    return [*rewards_of_all_kinds(exchanges) * 2, *[exchanges.down()] * 64, *rewards_of_all_kinds(exchanges) * 3]


def hundred_rewards(exchanges: Exchanges) -> list[Action]:
    """Return 100 acquire actions."""
    return [*ninety_nine_rewards(exchanges), exchanges.down("last")]


def verify_actions(exchanges: Exchanges) -> list[Action]:
    """Return 10 verify actions that hold."""
    rich, poor = exchanges.verify("greater", 0, "got"), exchanges.verify("less", 0, "got")
    both = action("Gs2Distributor:AndExpressionByUserId", userId="#{userId}", actions=[rich, rich])
    either = action("Gs2Distributor:OrExpressionByUserId", userId="#{userId}", actions=[poor, rich])
    return [both, either, *[exchanges.verify_code()] * 2, *[rich] * 6]


def consume_actions(exchanges: Exchanges) -> list[Action]:
    """Return 10 consume actions: a code and an await are used up, counters go up."""
    delete = exchanges.on_await("DeleteAwaitByUserId", "#{await}")
    decided = action(
        "Gs2Distributor:IfExpressionByUserId",
        userId="#{userId}",
        condition=exchanges.verify("less", 0, "got"),
        falseActions=[exchanges.up("if"), exchanges.up("if")],
    )
    return [exchanges.use(), delete, decided, *(exchanges.up(f"paid-{number}") for number in range(7))]


def helping_rates(exchanges: Exchanges) -> list[dict[str, Any]]:
    """Return the rates that the rewards need."""
    small = {
        "name": "small",
        "verifyActions": [exchanges.verify("greater", 0, "got")],
        "consumeActions": [exchanges.up()],
        "acquireActions": [exchanges.issue(), exchanges.down()],
    }
    return [small, {"name": "slow", "timingType": "await", "lockTime": 60}]


async def prepare_exchange(exchanges: Exchanges, rewards: Actions) -> Callable[..., Any]:
    """Put a rate with 10 conditions and 10 of a price in force; return what exchanges by it, given headers."""
    rate = {
        "name": "rate",
        "verifyActions": verify_actions(exchanges),
        "consumeActions": consume_actions(exchanges),
        "acquireActions": rewards,
    }
    await exchanges.put_in_force(rate, *helping_rates(exchanges))
    [code], name = await exchanges.world.codes(1), await exchanges.wait_for("slow")
    return functools.partial(exchanges.buy, values={"code": code, "await": name})


async def prepare_incremental_exchange(exchanges: Exchanges, rewards: Actions) -> Callable[..., Any]:
    """Put a rate whose price rises in force; return what exchanges by it, given headers."""
    rising = exchanges.incremental(acquireActions=rewards)
    await exchanges.put_in_force(*helping_rates(exchanges), incremental=[rising])
    return exchanges.rise


async def prepare_acquisition(exchanges: Exchanges, rewards: Actions) -> Callable[..., Any]:
    """Make an await; return what acquires its reward, given headers."""
    rate = {"name": "rate", "timingType": "await", "lockTime": 0, "acquireActions": rewards}
    await exchanges.put_in_force(rate, *helping_rates(exchanges))
    return functools.partial(
        exchanges.call, "AcquireByUserId", user_id="alice", await_name=await exchanges.wait_for("rate")
    )
