"""The rates of a namespace, and one of them: what it takes, what it gives, and how its price rises."""

import json
from collections.abc import Iterable

from aiohttp import web
from google.protobuf.message import Message
from redeem.exchange.v1 import requests_pb2 as pb

from redeemd.console import previews
from redeemd.console.page import Page
from redeemd.console.visit import Visit


async def _list(visit: Visit) -> web.StreamResponse:
    namespace = visit.part("namespace")
    rates = await visit.call(pb.DescribeRateModelsRequest(namespace_name=namespace), pb.DescribeRateModelsResponse)
    rising = await visit.call(
        pb.DescribeIncrementalRateModelsRequest(namespace_name=namespace), pb.DescribeIncrementalRateModelsResponse
    )
    kinds = [("rates", rates.items), ("incremental-rates", rising.items)]
    return await visit.render("models.html", service="exchanges", namespace=namespace, kinds=kinds)


async def _rate(visit: Visit) -> web.StreamResponse:
    namespace, name = visit.part("namespace"), visit.part("rate")
    asked = pb.GetRateModelRequest(namespace_name=namespace, rate_name=name)
    model = (await visit.call(asked, pb.GetRateModelResponse)).item
    actions = {
        "verify": _actions(model.verify_actions),
        "consume": _actions(model.consume_actions),
        "acquire": _actions(model.acquire_actions),
    }
    return await visit.render("rate.html", namespace=namespace, model=model, actions=actions, preview=None)


async def _incremental(visit: Visit) -> web.StreamResponse:
    namespace, name = visit.part("namespace"), visit.part("rate")
    asked = pb.GetIncrementalRateModelRequest(namespace_name=namespace, rate_name=name)
    model = (await visit.call(asked, pb.GetIncrementalRateModelResponse)).item
    actions = {"consume": _actions([model.consume_action]), "acquire": _actions(model.acquire_actions)}
    preview = await previews.prices(visit, "", {previews.IN_FORCE: model})
    return await visit.render("rate.html", namespace=namespace, model=model, actions=actions, preview=preview)


def _actions(actions: Iterable[Message]) -> list[tuple[str, str]]:
    """Return the name and the request of each action, as people read it."""
    return [(each.action, _indented(each.request)) for each in actions]  # type: ignore[attr-defined]  # of every action


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


PAGES = (
    Page("/exchanges/{namespace}", _list),
    Page("/exchanges/{namespace}/rates/{rate}", _rate),
    Page("/exchanges/{namespace}/incremental-rates/{rate}", _incremental),
)
