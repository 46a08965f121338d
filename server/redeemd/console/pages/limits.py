"""The limits of a namespace, and one of them: when its counters are reset."""

import asyncio

from aiohttp import web
from redeem.limit.v1 import requests_pb2 as pb

from redeemd.console import previews
from redeemd.console.page import Page
from redeemd.console.visit import Visit


async def _list(visit: Visit) -> web.StreamResponse:
    namespace = visit.part("namespace")
    reply = await visit.call(pb.DescribeLimitModelsRequest(namespace_name=namespace), pb.DescribeLimitModelsResponse)
    return await visit.render("models.html", service="limits", namespace=namespace, kinds=[("limits", reply.items)])


async def _show(visit: Visit) -> web.StreamResponse:
    namespace, name = visit.part("namespace"), visit.part("limit")
    asked = pb.GetLimitModelRequest(namespace_name=namespace, limit_name=name)
    model = (await visit.call(asked, pb.GetLimitModelResponse)).item
    preview = await asyncio.to_thread(previews.resets, visit, "", {previews.IN_FORCE: model})
    return await visit.render("limit.html", namespace=namespace, model=model, preview=preview)


PAGES = (Page("/limits/{namespace}", _list), Page("/limits/{namespace}/limits/{limit}", _show))
