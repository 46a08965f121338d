"""Deliveries of rewards to handlers: by state and player; dead ones are retried."""

from aiohttp import web
from redeem.transaction.v1 import requests_pb2 as pb
from redeem.transaction.v1 import resources_pb2

from redeemd.console.languages import label
from redeemd.console.page import Page
from redeemd.console.visit import PAGE_ITEMS, Visit

_STATES = {
    "dead": resources_pb2.DELIVERY_STATE_DEAD,
    "pending": resources_pb2.DELIVERY_STATE_PENDING,
    "delivered": resources_pb2.DELIVERY_STATE_DELIVERED,
}
_NAMES = {
    resources_pb2.DELIVERY_STATE_DEAD: label("dead"),
    resources_pb2.DELIVERY_STATE_PENDING: label("waiting"),
    resources_pb2.DELIVERY_STATE_DELIVERED: label("delivered"),
}


async def show(visit: Visit) -> web.StreamResponse:
    """Return the deliveries in the state of the URL: of all players, or of one."""
    user, state = visit.query("user").strip(), visit.query("state")
    asked = pb.DescribeDeliveriesRequest(
        user_id=user or None,
        state=_STATES.get(state) if state or user else resources_pb2.DELIVERY_STATE_DEAD,
        page_token=visit.query("page") or None,
        limit=PAGE_ITEMS,
    )
    reply = await visit.call(asked, pb.DescribeDeliveriesResponse)
    return await visit.render(
        "deliveries.html",
        items=reply.items,
        next_page=reply.next_page_token,
        user=user,
        state=state or ("" if user else "dead"),
        states={name: _NAMES[number] for name, number in _STATES.items()},
        names=_NAMES,
        dead=resources_pb2.DELIVERY_STATE_DEAD,
        may_retry=visit.may(pb.RetryDeliveryRequest),
    )


async def retry(visit: Visit) -> None:
    """Deliver a dead one again."""
    asked = pb.RetryDeliveryRequest(delivery_id=visit.form.get("delivery", ""))
    await visit.call(asked, pb.RetryDeliveryResponse)
    visit.say("The delivery is tried again.")


PAGES = (Page("/deliveries", show, {"retry": retry}),)
