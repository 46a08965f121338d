"""The limits of a namespace, and one of them: when its counters are reset."""

from aiohttp import web
from redeem.limit.v1 import requests_pb2 as pb

from redeemd.console.page import Page
from redeemd.console.visit import Visit

_RESETS = 60  # shown; the method returns more
_DAY_MS = 86_400_000


async def _list(visit: Visit) -> web.StreamResponse:
    namespace = visit.part("namespace")
    reply = await visit.call(pb.DescribeLimitModelsRequest(namespace_name=namespace), pb.DescribeLimitModelsResponse)
    return await visit.render("models.html", service="limits", namespace=namespace, kinds=[("limits", reply.items)])


async def _show(visit: Visit) -> web.StreamResponse:
    namespace, name = visit.part("namespace"), visit.part("limit")
    asked = pb.GetLimitModelRequest(namespace_name=namespace, limit_name=name)
    model = (await visit.call(asked, pb.GetLimitModelResponse)).item
    preview = pb.PreviewResetsRequest(namespace_name=namespace, limit_name=name, count=_RESETS)
    resets = list((await visit.call(preview, pb.PreviewResetsResponse)).resets)
    gaps = [(later - earlier) / _DAY_MS for earlier, later in zip([visit.now, *resets], resets, strict=False)]
    plot = {
        "x": [reset // 1000 for reset in resets],
        "lines": [{"label": "days", "values": [round(gap, 3) for gap in gaps]}],
        "time": True,
    }
    return await visit.render(
        "limit.html", namespace=namespace, model=model, resets=resets, plot=plot if resets else None
    )


PAGES = (Page("/limits/{namespace}", _list), Page("/limits/{namespace}/limits/{limit}", _show))
