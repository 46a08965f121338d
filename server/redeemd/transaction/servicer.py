"""The Transaction service; methods in the order of the proto."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import any_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from redeem.options.v1 import options_pb2
from redeem.transaction.v1 import requests_pb2 as pb
from redeem.transaction.v1 import resources_pb2

from redeemd import contract, json_text
from redeemd.auth.authorize import MethodRule, require_namespace, require_role
from redeemd.errors import ServiceError, ValidationFailed, Violation
from redeemd.handlers.calls import prefix_of
from redeemd.handlers.deliveries import PENDING, Deliveries
from redeemd.rpc import documented_json
from redeemd.rpc.bind import prepared, rolled_back
from redeemd.rpc.call import Call
from redeemd.rpc.paging import Pager, limit_of
from redeemd.store.base import Row
from redeemd.transaction.asked import Asked
from redeemd.transaction.errors import ExpressionFalse, MethodNotFound
from redeemd.transaction.idempotency import Idempotency
from redeemd.transaction.runner import Runner, Transaction
from redeemd.transaction.sheets import Part
from redeemd.transaction.signed import SignedParts, Whole, signed_sheet, signed_task, signed_verify_task


@dataclass(frozen=True, slots=True)
class _Target:
    """A method that can be asked about."""

    name: str  # package.Service/Method
    rule: MethodRule
    has_namespace: bool
    has_player: bool
    answer: str  # the full name of its response message


@dataclass(frozen=True, slots=True)
class _Composed:
    """A transaction that a caller composed, read and allowed."""

    transaction_id: str | None
    actions: list[Asked]
    namespace_names: list[str]


class TransactionServicer:
    """See TransactionService in the proto."""

    def __init__(
        self,
        idempotency: Idempotency,
        services: Iterable[ServiceDescriptor],
        runner: Runner,
        signed: SignedParts,
        pager: Pager,
    ) -> None:
        """`services` are those whose calls can be asked about."""
        self.signed = signed
        self._idempotency = idempotency
        self._runner = runner
        self._deliveries: Deliveries = runner.deliveries
        self._pager = pager
        self._targets = {
            (service.full_name, method.name): _target(service, method)
            for service in services
            for method in service.methods
            if contract.policy(method).idempotent
        }

    async def _composed(self, call: Call[Any]) -> _Composed:
        """Read the transaction that a caller composed; make sure that the caller may call the RPC of each action."""
        transaction = _read(call.request.transaction, user_id=call.request.user_id)
        actions = self._runner.requests.literal(transaction, where="transaction", foreign_too=True)
        names = self._allowed(call, actions)
        return _Composed(transaction.transaction_id or None, actions, names)

    def _allowed(self, call: Call[Any], actions: Iterable[Asked]) -> list[str]:
        """Make sure of that; answer the namespaces. Raises RoleNotAllowed, NamespaceNotAllowed or ValidationFailed."""
        names: dict[str, None] = {}
        for asked in actions:
            require_role(call.caller, asked.action.rule)
            if asked.action.foreign:
                require_namespace(call.caller, None)  # it is in none, so a key that is limited to some is not enough
            inside = self._runner.requests.literal(asked.request, where=f"transaction.{asked.place}.request")
            name = getattr(asked.request, "namespace_name", None)
            if name is not None:
                require_namespace(call.caller, name)
                names[name] = None
            names |= dict.fromkeys(self._allowed(call, inside))
        return list(names)

    @prepared(_composed)
    async def RunTransaction(self, call: Call[pb.RunTransactionRequest], composed: _Composed) -> Message:
        """See the proto."""
        transaction = self._runner.begin(
            call, namespace_names=composed.namespace_names, transaction_id=composed.transaction_id
        )
        if composed.transaction_id is not None:
            await self._runner.results.reserve(
                call.tx, call.request.user_id, composed.transaction_id, now=call.server_now
            )
        await transaction.perform_all(transaction.admit(*composed.actions))
        return call.reply(item=(await transaction.finish()).result)

    async def GetTransactionResult(self, call: Call[pb.GetTransactionResultRequest]) -> Message:
        """See the proto."""
        return await self._result(call)

    async def GetTransactionResultByUserId(self, call: Call[pb.GetTransactionResultByUserIdRequest]) -> Message:
        """See the proto."""
        return await self._result(call)

    async def _result(self, call: Call[Any]) -> Message:
        result = await self._runner.results.find(call.tx, call.player, call.request.transaction_id, now=call.server_now)
        for name in result.namespace_names:
            require_namespace(call.caller, name)
        return call.reply(item=result)

    async def AndExpressionByUserId(self, call: Call[pb.AndExpressionByUserIdRequest]) -> Message:
        """See the proto."""
        transaction, actions = await self._expression(call)
        await transaction.perform_all(actions)
        return call.reply()

    async def OrExpressionByUserId(self, call: Call[pb.OrExpressionByUserIdRequest]) -> Message:
        """See the proto."""
        transaction, actions = await self._expression(call)
        for asked in actions:
            if await _holds(transaction, asked):
                return call.reply()
        raise ExpressionFalse

    async def IfExpressionByUserId(self, call: Call[pb.IfExpressionByUserIdRequest]) -> Message:
        """See the proto."""
        transaction, actions = await self._expression(call)
        holds = await _holds(transaction, actions[0])
        chosen = "trueActions" if holds else "falseActions"
        await transaction.perform_all([asked for asked in actions if asked.place.startswith(chosen)])
        return call.reply(item=(await transaction.finish()).result, expression_result=holds)

    async def _expression(self, call: Call[Any]) -> tuple[Transaction, Sequence[Asked]]:
        """Read the actions of an expression; begin the transaction that decides by them.

        All players are locked, also those of actions that may turn out not to be performed.
        """
        where = "" if call.issuer is None else f"{call.issuer.path}.request"
        actions = self._runner.requests.literal(call.request, where=where)
        # An action was checked with the transaction that has it, or is master data.
        names = self._allowed(call, actions) if call.issuer is None else []
        transaction = self._runner.decide(call, namespace_names=names)
        admitted = transaction.admit(*actions)
        await transaction.take_players(admitted)
        return transaction, admitted

    @prepared(signed_verify_task)
    async def RunVerifyTask(self, call: Call[pb.RunVerifyTaskRequest], part: Part) -> Message:
        """See the proto."""
        return await self.signed.run_task(call, part)

    @prepared(signed_task)
    async def RunStampTask(self, call: Call[pb.RunStampTaskRequest], part: Part) -> Message:
        """See the proto."""
        return await self.signed.run_task(call, part)

    @prepared(signed_sheet)
    async def RunStampSheet(self, call: Call[pb.RunStampSheetRequest], whole: Whole) -> Message:
        """See the proto."""
        return await self.signed.run_sheet(call, whole)

    @prepared(signed_sheet)
    async def RunStampSheetExpress(self, call: Call[pb.RunStampSheetExpressRequest], whole: Whole) -> Message:
        """See the proto."""
        return await self.signed.run_express(call, whole)

    async def GetStampSheetResult(self, call: Call[pb.GetStampSheetResultRequest]) -> Message:
        """See the proto."""
        return call.reply(item=await self.signed.find(call))

    async def GetStampSheetResultByUserId(self, call: Call[pb.GetStampSheetResultByUserIdRequest]) -> Message:
        """See the proto."""
        return call.reply(item=await self.signed.find(call))

    async def _target(self, call: Call[Any]) -> _Target:
        target = self._targets.get((call.request.service, call.request.method))
        if target is None:
            raise MethodNotFound
        require_role(call.caller, target.rule)
        _check_scope(call.request, target)
        return target

    @prepared(_target)
    async def GetOutcome(self, call: Call[pb.GetOutcomeRequest], target: _Target) -> Message:
        """See the proto."""
        request = call.request
        scope = self._idempotency.scope(
            target.name, namespace=request.namespace_name, user_id=request.user_id, key=request.key
        )
        settle = self._idempotency.fence if request.fence else self._idempotency.outcome
        outcome = await settle(call.tx, scope, now=call.server_now)
        if outcome.fenced:
            return call.reply(outcome=pb.OUTCOME_FENCED)
        if outcome.answer is None:
            return call.reply(outcome=pb.OUTCOME_NOT_FOUND)
        answer = any_pb2.Any(type_url=f"type.googleapis.com/{target.answer}", value=outcome.answer)
        return call.reply(outcome=pb.OUTCOME_SUCCEEDED, answer=answer)

    @rolled_back
    @prepared(_composed)
    async def Preflight(self, call: Call[pb.PreflightRequest], composed: _Composed) -> Message:
        """See the proto."""
        transaction, forecasts = self._runner.forecast(call)
        await transaction.perform_all(transaction.admit(*composed.actions))
        return call.reply(items=forecasts, would_succeed=all(forecast.would_succeed for forecast in forecasts))

    async def DescribeDeliveries(self, call: Call[pb.DescribeDeliveriesRequest]) -> Message:
        """See the proto."""
        request, limit = call.request, limit_of(call)
        rows = await self._deliveries.page(
            call.tx,
            user_id=request.user_id if request.HasField("user_id") else None,
            state=request.state if request.HasField("state") else None,
            after=int(self._pager.cursor(call) or 0),
            limit=limit + 1,
        )
        return self._pager.reply(call, rows, limit, lambda row: str(row["sequence"]), _delivery)

    async def RetryDelivery(self, call: Call[pb.RetryDeliveryRequest]) -> Message:
        """See the proto."""
        row = await self._deliveries.revive(call.tx, call.request.delivery_id, now=call.server_now)
        if row["state"] == PENDING:
            prefix = prefix_of(row["action"])
            call.after_commit(lambda: self._deliveries.wake(prefix))
        return call.reply(item=_delivery(row))


def _delivery(row: Row) -> resources_pb2.Delivery:
    columns = (
        "delivery_id",
        "user_id",
        "action",
        "transaction_id",
        "state",
        "attempts",
        "next_attempt_at",
        "last_error",
        "created_at",
        "finished_at",
    )
    return resources_pb2.Delivery(**{column: row[column] for column in columns})


async def _holds(transaction: Transaction, asked: Asked) -> bool:
    """Answer whether a verify action holds. Raises the refusal of one that cannot tell."""
    try:
        await transaction.perform(asked)
    except ServiceError as refusal:
        if not refusal.says_no:
            raise
        return False
    return True


def _read(text: str, *, user_id: str) -> resources_pb2.Transaction:
    """Read the JSON text of a transaction. Raises ValidationFailed."""
    transaction = resources_pb2.Transaction()
    try:
        problems = documented_json.read_checked(json_text.read(text), transaction, "transaction", strict=True)
    except json_text.JsonError as error:
        problems = [Violation("transaction", str(error))]
    if not problems and transaction.user_id and transaction.user_id != user_id:
        problems = [Violation("transaction.userId", "is another player")]
    if problems:
        raise ValidationFailed(component="transaction", violations=problems)
    return transaction


def _check_scope(request: pb.GetOutcomeRequest, target: _Target) -> None:
    """Raise ValidationFailed for a scope that no call of the method has: nothing would be found or fenced there."""
    wrong = []
    for field, wanted in (("namespace_name", target.has_namespace), ("user_id", target.has_player)):
        if wanted and not getattr(request, field):
            wrong.append(Violation(field, "is required, for the method has one", "require"))
        elif not wanted and getattr(request, field):
            wrong.append(Violation(field, "must be absent, for the method has none"))
    if wrong:
        raise ValidationFailed(violations=wrong, component="outcome")


def _target(service: ServiceDescriptor, method: MethodDescriptor) -> _Target:
    rule = MethodRule.of(method, contract.policy(method))
    by_user_id = service.methods_by_name.get(f"{method.name}ByUserId")
    if rule.access == options_pb2.ACCESS_PLAYER and by_user_id is not None:
        rule = MethodRule.of(by_user_id, contract.policy(by_user_id))
    fields = method.input_type.fields_by_name
    return _Target(
        f"{service.full_name}/{method.name}",
        rule,
        has_namespace="namespace_name" in fields,
        has_player="user_id" in fields or "access_token" in fields,
        answer=method.output_type.full_name,
    )
