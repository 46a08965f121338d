"""The scripts of exchanges: their arguments, and what becomes of their results."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from google.protobuf.message import Message
from redeem.common.v1.common_pb2 import Config
from redeem.exchange.v1 import resources_pb2

from redeemd.contract import documented_json
from redeemd.errors import ScriptNotSupported
from redeemd.exchange.awaits import InForce
from redeemd.exchange.definition import DEFINITION
from redeemd.resources.resource import Grns
from redeemd.resources.scripts import Trigger, namespace_argument, require_permit
from redeemd.script import results
from redeemd.script.errors import ScriptFailed
from redeemd.script.literal import Value
from redeemd.script.outcome import Outcome, Problem
from redeemd.script.sandbox import Origin
from redeemd.script.scripts import ConstantArguments, ScriptRun, Scripts
from redeemd.transaction.action import ActionRequest
from redeemd.transaction.after_scripts import AfterScripts
from redeemd.transaction.transaction import Transaction


class Permission(NamedTuple):
    """The permission that a script gives: the factor of the reward, `rate`, and actions of its own."""

    rate: float = 1
    actions: Sequence[ActionRequest] = ()


_PLAIN = Permission()


class Subject(NamedTuple):
    """The subject of a script: the namespace of an exchange, and the rate in it as clients see it, if it is needed."""

    namespace_name: str
    found: InForce
    item: Message | None = None


class Event(NamedTuple):
    """An event with scripts. Their arguments include what `others` returns."""

    name: str
    trigger: Trigger | None
    subject: Subject
    others: Callable[[], Mapping[str, Value]]


class ExchangeScripts:
    """Runs the scripts of the Exchange service."""

    def __init__(self, scripts: Scripts, after_scripts: AfterScripts, grns: Grns) -> None:
        self._scripts = scripts
        self._after_scripts = after_scripts
        self._grns = grns

    def permission(self, transaction: Transaction, event: Event) -> Permission:
        """Run the script before an event.

        Raises ScriptRefused, TransactionTooLarge, what Scripts.run raises, and ScriptNotSupported if something cannot
        run after the event.
        """
        trigger = event.trigger
        if trigger is None:
            return _PLAIN
        self._require_after(transaction, trigger)
        script_id = trigger.before
        if not script_id:
            return _PLAIN

        def read(outcome: Outcome) -> Permission:
            require_permit(script_id, outcome)
            return Permission(results.rate(outcome), transaction.added(outcome.actions))

        origin = Origin.of(transaction.seed(), transaction.call.now)
        constants = self._constants(event.subject, "rateModel")
        permission, run = self._scripts.run(script_id, constants, event.others(), origin, read)
        transaction.issuer.scripts.append(run)
        return permission

    def _require_after(self, transaction: Transaction, trigger: Trigger) -> None:
        """Raise ScriptNotSupported if something after an event cannot run, or if the event has no end in this call."""
        trigger.require_here()
        if trigger.after:
            self._after_scripts.require_here()
            if transaction.signed:
                raise ScriptNotSupported

    async def after(self, transaction: Transaction, event: Event) -> None:
        """Have the script after an event run, if there is one. Raises ScriptFailed for arguments that are too long."""
        if event.trigger is None or not event.trigger.after:
            return
        arguments = {**self._constants(event.subject, "rateModel").build(), **event.others()}
        call, transaction_id = transaction.call, transaction.issuer.transaction_id
        await self._after_scripts.put(
            call, event.name, event.trigger.after, arguments, user_id=call.player, transaction_id=transaction_id
        )

    def price(
        self,
        transaction: Transaction,
        model: resources_pb2.IncrementalRateModel,
        subject: Subject,
        *,
        before: int,
        count: int,
    ) -> int:
        """Return the price of `count` exchanges after `before` exchanges. Raises what Scripts.run raises."""
        origin = Origin.of(transaction.seed(), transaction.call.now)
        price, run = self._priced(model, subject, before, count, origin)
        transaction.issuer.scripts.append(run)
        return price

    def preview(
        self, model: resources_pb2.IncrementalRateModel, subject: Subject, *, before: int, count: int, now: int
    ) -> int:
        """Return the same price outside of a transaction, at `now`. Raises what Scripts.run raises.

        math.random has a seed of the preview, as each transaction has its own.
        """
        price, _ = self._priced(model, subject, before, count, Origin.of(f"preview/{before}", now))
        return price

    def _priced(
        self, model: resources_pb2.IncrementalRateModel, subject: Subject, before: int, count: int, origin: Origin
    ) -> tuple[int, ScriptRun]:
        return self._scripts.run(
            model.calculate_script_id,
            self._constants(subject, "incrementalRateModel"),
            {"currentExchangeCount": before, "quantity": count},
            origin,
            results.price,
            component="incrementalRateModel",
        )

    def _constants(self, subject: Subject, name: str) -> ConstantArguments:
        """Return the namespace and the rate as arguments, the rate under a name."""

        def build() -> Mapping[str, Value]:
            namespace = namespace_argument(
                DEFINITION.namespace, self._grns, subject.namespace_name, subject.found.namespace
            )
            rate = {} if subject.item is None else {name: documented_json.to_json(subject.item)}
            return {"namespace": namespace, **rate}

        return ConstantArguments((name, subject.item is None, subject.namespace_name, *subject.found), build)


def config_argument(config: Sequence[Config]) -> Value:
    """Return the values of a request for placeholders as scripts see them."""
    return [{"key": each.key, "value": each.value} for each in config]


def require_whole_reward(trigger: Trigger | None, permission: Permission) -> None:
    """Raise ScriptFailed if a script multiplies a reward where the documents know no such result."""
    if trigger is not None and permission.rate != 1:
        detail = "rate must be 1 for this event"
        raise ScriptFailed(script=trigger.before, problem=Problem.RESULT, detail=detail)
