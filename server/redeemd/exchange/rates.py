"""Rates as exchanges need them: parsed from serialised models once, and cached."""

import functools
from dataclasses import dataclass
from typing import Generic, TypeVar

from redeem.exchange.v1 import resources_pb2 as pb

from redeemd.transaction.definition import Kind
from redeemd.transaction.plan import Plan
from redeemd.transaction.template_parser import TemplateParser

_CACHE_MAX = 10_000


ModelT = TypeVar("ModelT", pb.RateModel, pb.IncrementalRateModel)


@dataclass(frozen=True, slots=True)
class Rate(Generic[ModelT]):
    """A rate of either kind. `price` holds its verify and consume actions, `reward` its acquire actions."""

    model: ModelT
    price: Plan
    reward: Plan
    whole: Plan  # both


class Rates:
    """Parses serialised models, and caches the results."""

    def __init__(self, templates: TemplateParser) -> None:
        self._templates = templates
        self.rate = functools.lru_cache(maxsize=_CACHE_MAX)(self._rate)
        self.incremental_rate = functools.lru_cache(maxsize=_CACHE_MAX)(self._incremental_rate)

    def _rate(self, body: bytes) -> Rate[pb.RateModel]:
        return self._read(pb.RateModel.FromString(body))

    def _incremental_rate(self, body: bytes) -> Rate[pb.IncrementalRateModel]:
        return self._read(pb.IncrementalRateModel.FromString(body))

    def _read(self, model: ModelT) -> Rate[ModelT]:
        templates, not_here = self._templates.read(model)
        acquiring = [each for each in templates if each.action.definition.kind == Kind.ACQUIRE]
        others = [each for each in templates if each not in acquiring]
        return Rate(model, Plan(others, not_here), Plan(acquiring, not_here), Plan(others + acquiring, not_here))
