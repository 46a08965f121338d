"""Rewards of a handler, and what became of them."""

from typing import Any

from redeem.transaction.v1 import requests_pb2 as pb
from redeem.transaction.v1 import resources_pb2

from support.exchanges import Action, Exchanges, action
from support.handler import GIVE, until

PENDING, DELIVERED, DEAD = resources_pb2.DeliveryState.values()[1:]


def give(count: int = 1, **more: Any) -> Action:
    """Give swords."""
    return action(GIVE, item="sword", count=count, **more)


async def deliveries(exchanges: Exchanges, **fields: Any) -> list[Any]:
    """Return all deliveries, in pages of two."""
    found, token = [], None
    while token != "":
        request = pb.DescribeDeliveriesRequest(limit=2, page_token=token, **fields)
        service = exchanges.service
        page = await service.transactions.DescribeDeliveries(request, metadata=service.admin)
        found += page.items
        token = page.next_page_token
    return found


async def retry(exchanges: Exchanges, delivery_id: str) -> Any:
    """Retry a delivery."""
    request = pb.RetryDeliveryRequest(delivery_id=delivery_id)
    service = exchanges.service
    return (await service.transactions.RetryDelivery(request, metadata=service.admin)).item


async def states(exchanges: Exchanges, **fields: Any) -> list[Any]:
    """Return the states of all deliveries."""
    return [item.state for item in await deliveries(exchanges, **fields)]


async def settled(exchanges: Exchanges, *wanted: int) -> None:
    """Wait until the deliveries have these states."""

    async def reached() -> bool:
        return await states(exchanges) == list(wanted)

    await until(reached)
