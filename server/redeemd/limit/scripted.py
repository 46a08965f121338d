"""The script before counting up: its arguments, and what becomes of its result."""

from collections.abc import Mapping
from dataclasses import dataclass

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
from redeemd.script import results
from redeemd.script.literal import Value
from redeemd.script.outcome import Outcome
from redeemd.script.sandbox import Origin
from redeemd.script.scripts import ConstantArguments, ScriptRun, Scripts


@dataclass(frozen=True, slots=True)
class CountUpScript:
    """Asks the script of a namespace whether it permits to count up. See redeemd.limit.counting.Permit.

    in_transaction  whether the statements of the caller are one transaction
    ran             the scripts that ran for the transaction of which counting up is an action; None if it is none
    transaction_id  the id of that transaction; empty if it is none
    """

    scripts: Scripts
    grns: Grns
    request: CountUpRequest
    now: int
    in_transaction: bool
    ran: list[ScriptRun] | None
    transaction_id: str

    def ask(self, model: Model, counter: Counter) -> None:
        """Run the script, if there is one. Raises ScriptRefused, and what Scripts.run raises."""
        script_id = "" if model.trigger is None else model.trigger.before()
        if not script_id:
            return

        def read(outcome: Outcome) -> None:
            require_permit(script_id, outcome)
            if outcome.actions or results.rate(outcome) != 1:
                results.refuse("a script before counting up only permits")

        origin = Origin.of(self._seed(counter), self.now)
        _, run = self.scripts.run(script_id, self._constants(model), self._others(counter), origin, read)
        if self.ran is not None:
            self.ran.append(run)

    def _seed(self, counter: Counter) -> str:
        if self.ran is not None:
            return f"{self.transaction_id}/{len(self.ran)}"
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

    def _others(self, counter: Counter) -> Mapping[str, Value]:
        fields = render.counter(self.grns, self.request.namespace_name, counter)
        return {
            "counter": documented_json.to_json(resources_pb2.Counter(**fields)),
            "userId": counter.user_id,
            "countUpValue": value_up(self.request),
            "maxValue": most_of(self.request),
        }
