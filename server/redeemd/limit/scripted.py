"""The scripts before and after counting up: their arguments, and what becomes of their results."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from redeem.limit.v1 import resources_pb2

from redeemd.contract import documented_json
from redeemd.limit import render
from redeemd.limit.counters import Counter
from redeemd.limit.definition import DEFINITION, LIMIT
from redeemd.limit.events import CountUpRequest, most_of, value_up
from redeemd.limit.models import Model
from redeemd.resources import master_data
from redeemd.resources.resource import Grns
from redeemd.resources.scripts import namespace_argument, require_permit
from redeemd.rpc.call import Call
from redeemd.script import results
from redeemd.script.literal import Value
from redeemd.script.outcome import Outcome
from redeemd.script.sandbox import Origin
from redeemd.script.scripts import ConstantArguments, ScriptRun, Scripts
from redeemd.transaction.after_scripts import AfterScripts


class Issuer(Protocol):
    """The transaction of which counting up is an action."""

    @property
    def transaction_id(self) -> str:
        """Its id."""

    @property
    def scripts(self) -> list[ScriptRun]:
        """The scripts that ran for it."""


@dataclass(slots=True)
class CountUpScript:
    """Runs the scripts before and after counting up. See redeemd.limit.counting.Permit.

    call            the call that counts up, or that of the transaction of which counting up is an action
    in_transaction  whether the statements of the caller are one transaction
    issuer          that transaction; None if there is none
    """

    scripts: Scripts
    after_scripts: AfterScripts
    grns: Grns
    request: CountUpRequest
    call: Call[object]
    in_transaction: bool
    issuer: Issuer | None
    _asked: tuple[Model, Counter] | None = None

    def ask(self, model: Model, counter: Counter) -> None:
        """Run the script before it, if there is one. Raises ScriptRefused, ScriptNotSupported, or as Scripts.run."""
        trigger = model.trigger
        if trigger is None:
            return
        trigger.require_here()
        if trigger.after:
            self.after_scripts.require_here()
            self._asked = model, counter
        script_id = trigger.before
        if not script_id:
            return

        def read(outcome: Outcome) -> None:
            require_permit(script_id, outcome)
            if outcome.actions or results.rate(outcome) != 1:
                results.refuse("a script before counting up only permits")

        origin = Origin.of(self._seed(counter), self.call.now)
        others = {"counter": self._shown(counter), **self._others(counter.user_id)}
        _, run = self.scripts.run(script_id, self._constants(model), others, origin, read)
        if self.issuer is not None:
            self.issuer.scripts.append(run)

    async def counted(self, counter: Counter) -> None:
        """Have the script after it run, if there is one. Raises ScriptFailed for arguments that are too long."""
        if self._asked is None:
            return
        model, before = self._asked
        assert model.trigger is not None, "it was asked because of a trigger"
        arguments = {
            **self._constants(model).build(),
            "oldCounter": self._shown(before),
            "newCounter": self._shown(counter),
            **self._others(counter.user_id),
        }
        await self.after_scripts.put(
            self.call,
            "countUp",
            model.trigger.after,
            arguments,
            user_id=counter.user_id,
            transaction_id="" if self.issuer is None else self.issuer.transaction_id,
        )

    def _seed(self, counter: Counter) -> str:
        if self.issuer is not None:
            return f"{self.issuer.transaction_id}/{len(self.issuer.scripts)}"
        return f"{counter.user_id}/{counter.limit_name}/{counter.name}/{counter.revision}"

    def _constants(self, model: Model) -> ConstantArguments:
        name, limit_name = self.request.namespace_name, self.request.limit_name

        def build() -> Mapping[str, Value]:
            limit = master_data.render(limit_name, model.body, self.grns, name, LIMIT)
            return {
                "namespace": namespace_argument(DEFINITION.namespace, self.grns, name, model.namespace),
                "limitModel": documented_json.to_json(limit),
            }

        return ConstantArguments(("limitModel", name, model.namespace, model.body), build)

    def _shown(self, counter: Counter) -> Value:
        fields = render.counter(self.grns, self.request.namespace_name, counter)
        return documented_json.to_json(resources_pb2.Counter(**fields))

    def _others(self, user_id: str) -> Mapping[str, Value]:
        return {
            "userId": user_id,
            "countUpValue": value_up(self.request),
            "maxValue": most_of(self.request),
        }
