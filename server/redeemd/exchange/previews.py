"""The price of an exchange before anybody exchanges: of a rate in force, or of a draft of one."""

from redeem.exchange.v1 import resources_pb2 as pb

from redeemd.exchange import incremental
from redeemd.exchange.awaits import InForce
from redeemd.exchange.definition import INCREMENTAL_RATE
from redeemd.exchange.scripted import ExchangeScripts, Subject
from redeemd.resources import master_data
from redeemd.resources.resource import Grns

_NOT_OF_SCRIPTS = ("namespace_id", "name", "created_at", "updated_at", "revision")  # of the namespace


class Previews:
    """Computes prices as an exchange does, without one. The drafts that it is given are not stored."""

    def __init__(self, scripts: ExchangeScripts, grns: Grns) -> None:
        self._scripts = scripts
        self._grns = grns

    def price(self, namespace: pb.Namespace, model: pb.IncrementalRateModel, *, before: int, now: int) -> int:
        """Return the price of one exchange after `before` exchanges, at `now` for a script.

        Raises PriceTooHigh, or what Scripts.run raises.
        """
        if model.calculate_type != pb.CALCULATE_TYPE_GS2_SCRIPT:
            return incremental.formula(model, before=before, count=1)
        return self._scripts.preview(model, self._subject(namespace, model), before=before, count=1, now=now)

    def _subject(self, namespace: pb.Namespace, model: pb.IncrementalRateModel) -> Subject:
        """Return the arguments of a script for a rate, as those of an exchange."""
        plain = pb.Namespace()
        plain.CopyFrom(namespace)
        for field in _NOT_OF_SCRIPTS:
            plain.ClearField(field)
        found = InForce(plain.SerializeToString(deterministic=True), model.SerializeToString(deterministic=True))
        item = master_data.render(model.name, found.model, self._grns, namespace.name, INCREMENTAL_RATE)
        return Subject(namespace.name, found, item)
