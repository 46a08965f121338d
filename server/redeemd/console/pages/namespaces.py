"""The namespaces of each service: list, create, delete."""

from dataclasses import dataclass
from types import ModuleType

from aiohttp import web
from google.protobuf.message import Message
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb

from redeemd.console.page import Page
from redeemd.console.visit import PAGE_ITEMS, Visit


@dataclass(frozen=True, slots=True)
class _Service:
    """A service: the part of its paths, and its module of requests, in which the same methods have the same names."""

    path: str
    pb: ModuleType


_SERVICES = (_Service("codes", serialkey_pb), _Service("exchanges", exchange_pb), _Service("limits", limit_pb))


def _page(service: _Service) -> Page:
    pb = service.pb

    async def show(visit: Visit) -> web.StreamResponse:
        limited_to = visit.caller.namespace_names
        if limited_to is None:
            asked = pb.DescribeNamespacesRequest(limit=PAGE_ITEMS)
            if visit.query("page"):
                asked.page_token = visit.query("page")
            reply = await visit.call(asked, pb.DescribeNamespacesResponse)
            listed = {"items": reply.items, "names": [], "next_page": reply.next_page_token}
        else:
            listed = {"items": [], "names": sorted(limited_to), "next_page": ""}
        return await visit.render(
            "namespaces.html",
            service=service.path,
            **listed,
            may_create=visit.may(pb.CreateNamespaceRequest),
        )

    async def create(visit: Visit) -> None:
        name, description = visit.form.get("name", "").strip(), visit.form.get("description", "").strip()
        asked = pb.CreateNamespaceRequest(name=name, description=description or None)
        await visit.call(asked, Message)
        visit.say("The namespace was created.")

    async def delete(visit: Visit) -> None:
        await visit.call(pb.DeleteNamespaceRequest(namespace_name=visit.form.get("name", "")), Message)
        visit.say("The namespace was deleted.")

    return Page(f"/{service.path}", show, {"create": create, "delete": delete})


async def _first(visit: Visit) -> web.StreamResponse:
    return visit.go("/console/codes")


PAGES = (Page("/", _first), *(_page(service) for service in _SERVICES))
