"""A player: redemptions, the guesses that are left, counters, awaits and deliveries, in the namespaces of one name."""

from collections.abc import Sequence
from typing import Any, TypeVar

from aiohttp import web
from google.protobuf.message import Message
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb

from redeemd.console.calls import Refused
from redeemd.console.page import Page
from redeemd.console.visit import PAGE_ITEMS, Visit

R = TypeVar("R", bound=Message)


async def show(visit: Visit) -> web.StreamResponse:
    """Return what the namespaces hold about the player of the URL."""
    namespace, user = visit.part("namespace"), visit.query("user").strip()
    held = await _held(visit, namespace, user) if user else {}
    return await visit.render("player.html", namespace=namespace, user=user, held=held, more=PAGE_ITEMS)


async def _held(visit: Visit, namespace: str, user: str) -> dict[str, object]:
    asked = pb.DescribeRedemptionsRequest(
        namespace_name=namespace, user_id=user, limit=PAGE_ITEMS, page_token=visit.query("page") or None
    )
    found = await visit.call(asked, pb.DescribeRedemptionsResponse)
    budget = pb.GetGuessBudgetRequest(namespace_name=namespace, user_id=user)
    counters = limit_pb.DescribeCountersByUserIdRequest(namespace_name=namespace, user_id=user, limit=PAGE_ITEMS)
    awaits = exchange_pb.DescribeAwaitsByUserIdRequest(namespace_name=namespace, user_id=user, limit=PAGE_ITEMS)
    deliveries = transaction_pb.DescribeDeliveriesRequest(user_id=user, limit=PAGE_ITEMS)
    return {
        "redemptions": found.items,
        "next_page": found.next_page_token,
        "budget": (await visit.call(budget, pb.GetGuessBudgetResponse)).item,
        "counters": await _items(visit, counters, limit_pb.DescribeCountersByUserIdResponse),
        "awaits": await _items(visit, awaits, exchange_pb.DescribeAwaitsByUserIdResponse),
        "deliveries": await _items(visit, deliveries, transaction_pb.DescribeDeliveriesResponse),
        "may_take_back": visit.may(pb.RevertUseByUserIdRequest),
        "may_unlock": visit.may(pb.ResetGuessBudgetRequest),
    }


async def _items(visit: Visit, request: Message, reply_type: type[R]) -> Sequence[Message] | None:
    """Return the items of a list; None if the caller may not read it, or the service has no namespace of the name."""
    if not visit.may(type(request)):
        return None
    try:
        reply: Any = await visit.call(request, reply_type)  # Any: each of these types has items
    except Refused as refused:
        if refused.reason in {"NAMESPACE_NOT_FOUND", "NAMESPACE_NOT_ALLOWED"}:
            return None
        raise
    return list(reply.items)


async def unlock(visit: Visit) -> None:
    """Give the player all guesses back."""
    await visit.call(
        pb.ResetGuessBudgetRequest(namespace_name=visit.part("namespace"), user_id=visit.query("user").strip()), Message
    )
    visit.say("The player has all guesses back.")


async def take_back(visit: Visit) -> None:
    """Take the use of a code back."""
    await visit.call(
        pb.RevertUseByUserIdRequest(
            namespace_name=visit.part("namespace"),
            user_id=visit.query("user").strip(),
            code=visit.form.get("code", ""),
        ),
        Message,
    )
    visit.say("The use was taken back.")


PAGES = (Page("/codes/{namespace}/player", show, {"unlock": unlock, "take_back": take_back}),)
