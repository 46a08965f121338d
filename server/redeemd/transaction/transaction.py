"""A transaction in progress, within the store transaction of its call."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, cast

from google.protobuf.message import Message
from redeem.transaction.v1 import resources_pb2

from redeemd.base.trace import Trace
from redeemd.errors import ServiceError, StaleNamespace
from redeemd.rpc.call import Call
from redeemd.script.outcome import ScriptAction
from redeemd.store import locks
from redeemd.transaction import added, forecasts, players
from redeemd.transaction.action import ActionRequest, ActionResult
from redeemd.transaction.errors import TransactionTooLarge
from redeemd.transaction.issuer import Issuer, Shared
from redeemd.transaction.parser import ActionParser
from redeemd.transaction.performed import Performed
from redeemd.transaction.plan import Plan
from redeemd.transaction.results import Results
from redeemd.transaction.sheets import Sheets
from redeemd.transaction.template import USER_ID

# Its constructor also takes messages as dictionaries of their fields.
_RESULT: Callable[..., resources_pb2.TransactionResult] = resources_pb2.TransactionResult


class _IssuingReply(Protocol):
    """A reply that issues a transaction."""

    transaction_result: resources_pb2.TransactionResult


@dataclass(frozen=True, slots=True)
class TransactionParts:
    """The components that all transactions share."""

    parser: ActionParser
    results: Results
    sheets: Sheets


@dataclass(slots=True)
class Transaction:
    """A transaction whose actions are performed at once."""

    signed: ClassVar[bool] = False  # whether its holder is to run it

    parts: TransactionParts
    call: Call[object]
    issuer: Issuer
    transaction_id: str
    namespace_names: Sequence[str | None] = ()
    _performed: Performed = field(default_factory=Performed)
    _earlier_scripts: int = field(init=False)  # that ran for the transactions around it

    def __post_init__(self) -> None:
        self._earlier_scripts = len(self.issuer.scripts)

    def plan(self, plan: Plan, config: Mapping[str, str], *, count: int) -> list[ActionRequest]:
        """Fill the values of placeholders into actions and multiply the actions, before any of them runs.

        Raises ValidationFailed for a placeholder without a value, a value that is not valid, or an action that cannot
        be multiplied; and TransactionTooLarge.
        """
        values = {**config, USER_ID: self.call.player}
        plan.require_values(values)
        shared, multiplied = self.issuer.shared, self.parts.parser.multiplied
        planned = []
        for each in plan.templates:
            request = each.fill(values, shared.room)
            if count != 1:
                request = multiplied(request, count)
            shared.take_room(request.text)
            planned.append(request)
        return planned

    def seed(self) -> str:
        """Return a text from which the next script of the transaction draws its random numbers."""
        return f"{self.issuer.transaction_id}/{len(self.issuer.scripts)}"

    def added(self, actions: Sequence[ScriptAction]) -> Sequence[ActionRequest]:
        """Return the requests of actions that a script adds. Raises Failure, or TransactionTooLarge."""
        return self.admit(*added.read(self.parts.parser, actions, self.call.player)) if actions else ()

    def admit(self, *actions: ActionRequest) -> Sequence[ActionRequest]:
        """Count the size of actions and return them. Raises TransactionTooLarge."""
        for request in actions:
            self.issuer.shared.take_room(request.text)
        return actions

    async def perform_all(self, actions: Sequence[ActionRequest]) -> None:
        """Perform actions in order. Raises the error of the first that refuses."""
        await self.take_players(actions)
        for request in actions:
            await self._perform(request)

    async def take_players(self, actions: Sequence[ActionRequest]) -> None:
        """Lock the players of actions that are about to be performed, including those of nested actions.

        Called with all actions before the first of them is performed. Players already locked are not locked again.
        """
        shared = self.issuer.shared
        if self.call.tx.serial:
            return
        if shared.scouted:
            wanted = players.named_by(actions, self.call.player)
        else:
            wanted = await self.players_of(actions)
            shared.scouted = True
        wanted -= shared.players
        if wanted:
            await self.call.tx.lock(*map(locks.player, wanted))
            shared.players |= wanted

    async def players_of(self, actions: Sequence[ActionRequest]) -> set[str]:
        """Return the players that actions and the actions nested in them name. Nothing is performed."""
        named = players.named_by(actions, self.call.player)
        shared = Shared(self.issuer.shared.transaction_id, named=named, rates=self.issuer.shared.rates)
        await self._scout(actions, shared)
        return named

    async def _scout(self, actions: Sequence[ActionRequest], shared: Shared) -> None:
        for request in actions:
            if request.action.definition.nests:
                await players.scout(request, self.call, self.issuer._replace(shared=shared))

    async def perform(self, request: ActionRequest) -> Any:  # the reply of the action's RPC, whose type callers know
        """Perform an action and return its reply; in a forecast, None when it refuses. Raises the action's errors."""
        result = await self.perform_one(request)
        return None if result is None else result.reply()

    async def perform_one(self, request: ActionRequest) -> ActionResult | None:
        """Perform an action; in a forecast, return None when it refuses. Raises the action's errors."""
        await self.take_players([request])
        return await self._perform(request)

    async def _perform(self, request: ActionRequest) -> ActionResult | None:
        issuer = self.issuer
        shared = issuer.shared
        before = 0 if shared.forecasts is None else len(shared.forecasts)
        try:
            shared.take_action()
            result = await self._timed(request)
            shared.take_room(result.text)
        except StaleNamespace:
            request.action.forget_namespace(request)
            raise
        except ServiceError as refusal:
            _locate(refusal, request, issuer.within(request.place))
            if shared.forecasts is None or isinstance(refusal, TransactionTooLarge):
                raise
            shared.forecasts.append(forecasts.of_refusal(issuer.within(request.place), request, refusal))
            return None
        self._performed.add(request, result)
        if shared.forecasts is not None:
            shared.forecasts.append(forecasts.after(issuer.within(request.place), request, shared.forecasts[before:]))
        return result

    def _timed(self, request: ActionRequest) -> Awaitable[ActionResult]:
        """Perform an action, and take its times if its call is sampled."""
        trace = self.call.origin.trace
        performing = request.action.perform(request, self.call, self.issuer)
        return performing if trace is None or trace.span is None else _times(trace, request, performing)

    def texts(self) -> list[str]:
        """Return the replies of its actions as JSON, by kind and in order."""
        return self._performed.texts()

    def results(self) -> resources_pb2.TransactionResult:
        """Return only the results of its actions."""
        return _RESULT(**self._performed.results())

    async def reply(self, **fields: object) -> Message:
        """End the transaction; return the reply, with these fields, of a call that issues it (semantics 5.5)."""
        reply = self.call.reply(
            **fields,
            transaction_id=self.transaction_id,
            auto_run_stamp_sheet=True,
            atomic_commit=True,
            transaction=self._performed.requests_text(self.transaction_id, self.call.player),
            transaction_result=self._result(),  # a message would be copied
        )
        await self._keep(cast("_IssuingReply", reply).transaction_result)
        return reply

    async def finish(self) -> resources_pb2.TransactionResult:
        """End the transaction and return its result."""
        result = _RESULT(**self._result())
        await self._keep(result)
        return result

    def _result(self) -> dict[str, object]:
        """Return the fields of the result."""
        user_id = self.call.player
        return {
            **self._performed.results(),
            "user_id": user_id,
            "transaction_id": self.transaction_id,
            "has_error": False,
            "created_at": self.call.server_now,
            "revision": 1,
            "namespace_names": [name for name in self.namespace_names if name is not None],
            "needs_unlimited_key": None in self.namespace_names or None,
            "transaction_result_id": self.parts.results.grn(user_id, self.transaction_id),
            "scripts": [run._asdict() for run in self.issuer.scripts[self._earlier_scripts :]],
        }

    async def _keep(self, result: resources_pb2.TransactionResult) -> None:
        """Store the result, unless the transaction is nested in another one."""
        if self.call.issuer is None:
            await self.parts.results.keep(self.call.tx, result, now=self.call.server_now)


async def _times(trace: Trace, request: ActionRequest, performing: Awaitable[ActionResult]) -> ActionResult:
    """Take the times of an action."""
    began = time.time_ns()
    try:
        return await performing
    finally:
        trace.actions.append((request.action.definition.name, began, time.time_ns()))


def _locate(refusal: ServiceError, request: ActionRequest, path: str) -> None:
    """Add to a refusal which action refused, the innermost one (semantics 12.52)."""
    where = {"action": request.action.definition.name, "action_index": request.index_text, "action_path": path}
    refusal.metadata = where | refusal.metadata
