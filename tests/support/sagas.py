"""A rate whose price a handler takes, and what is left of its sagas."""

from typing import Any

from support.exchanges import Action, Exchanges, action
from support.handler import GIVE, HAS, TAKE, Handler, until

GOT = 1000


def take(count: int = 10, **more: Any) -> Action:
    """Take gold."""
    return action(TAKE, item="gold", count=count, **more)


def has(count: int = 10) -> Action:
    """Make sure of gold."""
    return action(HAS, item="gold", count=count)


def rate(exchanges: Exchanges, **more: Any) -> dict[str, Any]:
    """A rate that costs gold and a count, and gives a sword and a count."""
    return {
        "name": "rate",
        "verifyActions": [has()],
        "consumeActions": [exchanges.up(), take()],
        "acquireActions": [exchanges.down("got"), action(GIVE, item="sword", count=1)],
    } | more


async def world(exchanges: Exchanges, handler: Handler, gold: int = 100, **more: Any) -> None:
    """Put the rate in force; give alice gold."""
    await exchanges.put_in_force(rate(exchanges, **more))
    handler.give("alice", gold)


async def make_ready(exchanges: Exchanges) -> None:
    """Count up what is to be counted down."""
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=GOT)


async def no_saga_left(exchanges: Exchanges) -> None:
    """Wait until nothing is under way or to be compensated."""

    async def gone() -> bool:
        return (await exchanges.service.dump())["saga"] == []

    await until(gone)


async def balance(exchanges: Exchanges, handler: Handler) -> tuple[int, int, int, int]:
    """Return gold and swords of alice, and how often she paid and got here."""
    bought, got = [await exchanges.count(counter) for counter in ("bought", "got")]
    return handler.items("alice", "gold"), handler.items("alice"), bought, GOT - got
