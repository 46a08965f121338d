"""The models of a document that is edited: those that differ from what is in force, and what they do."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.exchange.v1.resources_pb2 import IncrementalRateModel
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.limit.v1.resources_pb2 import LimitModel

from redeemd.console import previews
from redeemd.console.calls import Refused
from redeemd.console.previews import DRAFT, IN_FORCE, Preview
from redeemd.console.visit import Visit
from redeemd.contract import differences, documented_json

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Draft:
    """A model of a document, and its path in it."""

    place: str
    model: LimitModel | IncrementalRateModel


@dataclass(frozen=True, slots=True)
class _Kind:
    """The models of a service that can be previewed: their list in documents, their message, and its GRN."""

    list_name: str
    message: type[LimitModel] | type[IncrementalRateModel]
    id_field: str


_KINDS = {
    "limits": _Kind("limitModels", LimitModel, "limit_model_id"),
    "exchanges": _Kind("incrementalRateModels", IncrementalRateModel, "incremental_rate_model_id"),
}


def changed(service: str, before: Mapping[str, object], after: Mapping[str, object]) -> Sequence[Draft]:
    """Return the models of a valid document that `before` does not have or has differently, if a preview is known."""
    kind = _KINDS.get(service)
    if kind is None:
        return ()
    return [
        _draft(kind, f"settings.{kind.list_name}[{index}]", model)
        for index, model in differences.changed(before, after, kind.list_name)
    ]


def _draft(kind: _Kind, place: str, model: object) -> Draft:
    message = kind.message()
    problems = documented_json.read_checked(model, message, place, ignore=kind.id_field)
    assert not problems, "the document is valid"
    return Draft(place, message)


async def preview(visit: Visit, draft: Draft) -> Preview:
    """Return what a draft does beside the model of the same name that is in force, if there is one. Raises Refused."""
    model = draft.model
    if isinstance(model, LimitModel):
        asked = limit_pb.GetLimitModelRequest(namespace_name=visit.part("namespace"), limit_name=model.name)
        limit = await _or_none(visit.call(asked, limit_pb.GetLimitModelResponse))
        limits = {DRAFT: model} if limit is None else {IN_FORCE: limit.item, DRAFT: model}
        return await asyncio.to_thread(previews.resets, visit, draft.place, limits)
    wanted = exchange_pb.GetIncrementalRateModelRequest(namespace_name=visit.part("namespace"), rate_name=model.name)
    rate = await _or_none(visit.call(wanted, exchange_pb.GetIncrementalRateModelResponse))
    rates = {DRAFT: model} if rate is None else {IN_FORCE: rate.item, DRAFT: model}
    return await previews.prices(visit, draft.place, rates)


async def _or_none(reply: Awaitable[R]) -> R | None:
    """Return a reply; None if the method found nothing."""
    try:
        return await reply
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
        return None
