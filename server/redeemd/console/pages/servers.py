"""The servers on the database, and the database as this server finds it."""

from aiohttp import web
from redeem.transaction.v1 import requests_pb2 as pb

from redeemd.console.calls import refusing
from redeemd.console.languages import label
from redeemd.console.page import Page
from redeemd.console.visit import Visit
from redeemd.status.replicas import State

_NAMES = {
    State.SERVING: label("serving"),
    State.DRAINING: label("draining"),
    State.UNHEALTHY: label("unhealthy"),
}


async def show(visit: Visit) -> web.StreamResponse:
    """Return the servers, to whoever may see what they deliver."""
    await visit.call(pb.DescribeDeliveriesRequest(limit=1), pb.DescribeDeliveriesResponse)
    with refusing():
        servers, database = await visit.tools.replicas.look()
    return await visit.render(
        "servers.html",
        servers=servers,
        database=database,
        own=visit.tools.replicas.replica_id,
        names=_NAMES,
        serving=State.SERVING,
    )


PAGES = (Page("/servers", show),)
