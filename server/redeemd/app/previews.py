"""Computes what limits and rates do, for the console."""

from redeem.exchange.v1.resources_pb2 import IncrementalRateModel, Namespace
from redeem.limit.v1.resources_pb2 import LimitModel

from redeemd.app.foundation import Foundation
from redeemd.exchange import definition, previews
from redeemd.exchange.scripted import ExchangeScripts
from redeemd.limit import models, resets
from redeemd.resources.resource import Grns


class Previews:
    """See redeemd.console.visit.Previews."""

    def __init__(self, foundation: Foundation) -> None:
        settings = foundation.settings
        grns = Grns(settings.region, settings.owner_id, definition.SERVICE)
        scripts = ExchangeScripts(foundation.scripts, foundation.after_scripts, grns)
        self._rates = previews.Previews(scripts, grns)

    def resets(self, model: LimitModel, *, after: int, count: int) -> list[int]:
        """See redeemd.console.visit.Previews."""
        return resets.resets(models.schedule_of(model.SerializeToString()), after, count)

    def price(self, namespace: Namespace, model: IncrementalRateModel, *, before: int, now: int) -> int:
        """See redeemd.console.visit.Previews."""
        return self._rates.price(namespace, model, before=before, now=now)
