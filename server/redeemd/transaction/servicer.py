"""The Transaction service; methods in the order of the proto."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from google.protobuf import any_pb2
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from redeem.transaction.v1 import requests_pb2 as pb
from redeem.transaction.v1 import resources_pb2, transaction_service_pb2

from redeemd.contract import documented_json, json_text
from redeemd.errors import IdempotencyKeyReused, ServiceError, ValidationFailed, Violation
from redeemd.idempotency.idempotency import Idempotency
from redeemd.resources.paging import Pager, limit_of
from redeemd.rpc.call import Authorized, Call, UserRequest
from redeemd.rpc.marks import authorized, prepared, rolled_back
from redeemd.store.base import Row
from redeemd.transaction.action import ActionRequest
from redeemd.transaction.composed import Composed, Reader
from redeemd.transaction.definition import prefix_of
from redeemd.transaction.errors import ExpressionFalse
from redeemd.transaction.limits import VALUES_MAX
from redeemd.transaction.opening import Whole, signed_sheet, signed_task, signed_verify_task
from redeemd.transaction.outcomes import Outcomes, Question
from redeemd.transaction.part_results import ResultRequest
from redeemd.transaction.ports import ActionOutbox
from redeemd.transaction.reversals import Reversals
from redeemd.transaction.reversing import Reversal
from redeemd.transaction.runner import Runner
from redeemd.transaction.sheet_results import SheetResults
from redeemd.transaction.sheets import SheetPart
from redeemd.transaction.signed import SheetRunner
from redeemd.transaction.transaction import Transaction

SERVICE: ServiceDescriptor = transaction_service_pb2.DESCRIPTOR.services_by_name["TransactionService"]

ComposedRequest: TypeAlias = pb.RunTransactionRequest | pb.PreflightRequest
Expression: TypeAlias = (
    pb.AndExpressionByUserIdRequest | pb.OrExpressionByUserIdRequest | pb.IfExpressionByUserIdRequest
)


class TransactionServicer:
    """See TransactionService in the proto."""

    def __init__(
        self,
        idempotency: Idempotency,
        others: Mapping[ServiceDescriptor, object],
        runner: Runner,
        signed: SheetRunner,
        *,
        reversals: Reversals,
        outbox: ActionOutbox,
        pager: Pager,
    ) -> None:
        """`others` are the servicers, besides this one, whose calls GetOutcome supports."""
        self.signed = signed
        self._idempotency = idempotency
        self._runner = runner
        self._reversals = reversals
        self._outbox = outbox
        self._pager = pager
        self._sheet_results = SheetResults(signed.results, runner.results)
        self._outcomes = Outcomes(idempotency, {**others, SERVICE: self})

    async def _composed(self, call: Call[ComposedRequest]) -> Authorized[Composed]:
        """Read the transaction composed by a caller. Raises unless the caller may call the RPC of each action."""
        reader = self._reader(call)
        transaction = _read(call.request.transaction, reader.budget, user_id=call.request.user_id)
        composed = await reader.read(transaction, where="transaction", nested=False)
        plan = replace(composed, transaction_id=transaction.transaction_id or None)
        return Authorized(plan, plan.namespace_names)

    def _reader(self, call: Call[UserRequest]) -> Reader:
        return Reader(self._runner.parser.registry, call.caller, call.request.user_id, json_text.Budget(VALUES_MAX))

    @authorized(_composed)
    async def RunTransaction(self, call: Call[pb.RunTransactionRequest], composed: Composed) -> Message:
        transaction = self._runner.begin(
            call, namespace_names=composed.namespace_names, transaction_id=composed.transaction_id
        )
        if composed.transaction_id is not None:
            await self._runner.results.reserve(
                call.tx, call.request.user_id, composed.transaction_id, now=call.server_now
            )
        transaction.issuer.scripts.extend(composed.scripts)
        await transaction.perform_all(transaction.admit(*composed.actions))
        return call.reply(item=await transaction.finish())

    async def GetTransactionResult(self, call: Call[pb.GetTransactionResultRequest]) -> Message:
        return await self._result(call)

    async def GetTransactionResultByUserId(self, call: Call[pb.GetTransactionResultByUserIdRequest]) -> Message:
        return await self._result(call)

    async def _result(self, call: Call[ResultRequest]) -> Message:
        return call.reply(item=await self._sheet_results.transaction(call))

    async def _reversal(self, call: Call[pb.RevertTransactionRequest]) -> Authorized[Reversal]:
        return await self._reversals.plan(call)

    @authorized(_reversal)
    async def RevertTransaction(self, call: Call[pb.RevertTransactionRequest], reversal: Reversal) -> Message:
        transaction = self._runner.begin(call, namespace_names=reversal.namespace_names)
        await self._reversals.mark(call, by=transaction.transaction_id)
        await transaction.perform_all(transaction.admit(*reversal.actions))
        return call.reply(item=await transaction.finish())

    async def _expression(self, call: Call[Expression]) -> Authorized[Composed]:
        """Read the actions of an expression. Raises unless the caller may call the RPC of each."""
        composed = await self._reader(call).read(call.request)
        return Authorized(composed, composed.namespace_names)

    async def _expression_inside(self, call: Call[Expression]) -> Composed:
        """Read an expression that is an action, already authorized with its transaction or defined in master data."""
        assert call.issuer is not None, "an action has an issuer"
        return Composed(self._runner.parser.literal(call.request, where=f"{call.issuer.path}.request"), [])

    @authorized(_expression, inside=_expression_inside)
    async def AndExpressionByUserId(self, call: Call[pb.AndExpressionByUserIdRequest], expression: Composed) -> Message:
        transaction, actions = await self._decide(call, expression)
        await transaction.perform_all(actions)
        return call.reply()

    @authorized(_expression, inside=_expression_inside)
    async def OrExpressionByUserId(self, call: Call[pb.OrExpressionByUserIdRequest], expression: Composed) -> Message:
        transaction, actions = await self._decide(call, expression)
        for request in actions:
            if await _holds(transaction, request):
                return call.reply()
        raise ExpressionFalse

    @authorized(_expression, inside=_expression_inside)
    async def IfExpressionByUserId(self, call: Call[pb.IfExpressionByUserIdRequest], expression: Composed) -> Message:
        transaction, actions = await self._decide(call, expression)
        holds = await _holds(transaction, actions[0])
        chosen = "trueActions" if holds else "falseActions"
        await transaction.perform_all([request for request in actions if request.place.startswith(chosen)])
        return call.reply(item=await transaction.finish(), expression_result=holds)

    async def _decide(self, call: Call[object], expression: Composed) -> tuple[Transaction, Sequence[ActionRequest]]:
        """Begin the transaction that evaluates the actions of an expression.

        All players are locked, including those of actions that may not be performed.
        """
        transaction = self._runner.decide(call, namespace_names=expression.namespace_names)
        admitted = transaction.admit(*expression.actions)
        await transaction.take_players(admitted)
        return transaction, admitted

    @authorized(signed_verify_task)
    async def RunVerifyTask(self, call: Call[pb.RunVerifyTaskRequest], part: SheetPart) -> Message:
        return await self.signed.run_task(call, part)

    @authorized(signed_task)
    async def RunStampTask(self, call: Call[pb.RunStampTaskRequest], part: SheetPart) -> Message:
        return await self.signed.run_task(call, part)

    @authorized(signed_sheet)
    async def RunStampSheet(self, call: Call[pb.RunStampSheetRequest], whole: Whole) -> Message:
        return await self.signed.run_sheet(call, whole)

    @authorized(signed_sheet)
    async def RunStampSheetExpress(self, call: Call[pb.RunStampSheetExpressRequest], whole: Whole) -> Message:
        return await self.signed.run_express(call, whole)

    async def GetStampSheetResult(self, call: Call[pb.GetStampSheetResultRequest]) -> Message:
        return call.reply(item=await self._sheet_results.find(call))

    async def GetStampSheetResultByUserId(self, call: Call[pb.GetStampSheetResultByUserIdRequest]) -> Message:
        return call.reply(item=await self._sheet_results.find(call))

    async def _question(self, call: Call[pb.GetOutcomeRequest]) -> Question:
        return await self._outcomes.question(call)

    @prepared(_question)
    async def GetOutcome(self, call: Call[pb.GetOutcomeRequest], question: Question) -> Message:
        settle = self._idempotency.fence if call.request.fence else self._idempotency.outcome
        outcome = await settle(call.tx, question.scope, now=call.server_now)
        if outcome.fenced:
            return call.reply(outcome=pb.OUTCOME_FENCED)
        if outcome.reply is None:
            return call.reply(outcome=pb.OUTCOME_NOT_FOUND)
        if question.arguments not in {None, outcome.arguments}:  # another call used the key
            raise IdempotencyKeyReused
        name = question.target.reply_type.DESCRIPTOR.full_name
        reply = any_pb2.Any(type_url=f"type.googleapis.com/{name}", value=outcome.reply)
        return call.reply(outcome=pb.OUTCOME_SUCCEEDED, answer=reply)

    @rolled_back
    @authorized(_composed)
    async def Preflight(self, call: Call[pb.PreflightRequest], composed: Composed) -> Message:
        transaction, forecasts = self._runner.forecast(call)
        await transaction.perform_all(transaction.admit(*composed.actions))
        return call.reply(items=forecasts, would_succeed=all(forecast.would_succeed for forecast in forecasts))

    async def DescribeDeliveries(self, call: Call[pb.DescribeDeliveriesRequest]) -> Message:
        request, limit = call.request, limit_of(call)
        rows = await self._outbox.page(
            call.tx,
            user_id=request.user_id if request.HasField("user_id") else None,
            state=request.state if request.HasField("state") else None,
            after=int(self._pager.cursor(call) or 0),
            limit=limit + 1,
        )
        return self._pager.reply(call, rows, limit, lambda row: str(row["sequence"]), _delivery)

    async def RetryDelivery(self, call: Call[pb.RetryDeliveryRequest]) -> Message:
        row = await self._outbox.revive(call.tx, call.request.delivery_id, now=call.server_now)
        if row["state"] == resources_pb2.DELIVERY_STATE_PENDING:
            prefix = prefix_of(row["action"])
            call.after_commit(lambda: self._outbox.wake(prefix))
        return call.reply(item=_delivery(row))

    async def DescribeActionsNotHere(self, call: Call[pb.DescribeActionsNotHereRequest]) -> Message:
        return call.reply(actions=sorted(self._runner.parser.registry.not_here))


def _delivery(row: Row) -> resources_pb2.Delivery:
    columns = (
        "delivery_id",
        "user_id",
        "action",
        "state",
        "attempts",
        "next_attempt_at",
        "last_error",
        "created_at",
        "finished_at",
    )
    found = {column: row[column] for column in columns}
    return resources_pb2.Delivery(transaction_id=row["transaction_id"] or None, **found)


async def _holds(transaction: Transaction, request: ActionRequest) -> bool:
    """Return whether a verify action succeeds. Raises any refusal that does not mean "no"."""
    try:
        await transaction.perform(request)
    except ServiceError as refusal:
        if not refusal.says_no:
            raise
        return False
    return True


def _read(text: str, budget: json_text.Budget, *, user_id: str) -> resources_pb2.Transaction:
    """Read the JSON text of a transaction. Raises ValidationFailed."""
    transaction = resources_pb2.Transaction()
    try:
        tree = json_text.read(text, budget)
        problems = documented_json.read_checked(tree, transaction, "transaction", strict=True)
    except json_text.JsonError as error:
        problems = [Violation("transaction", str(error))]
    if not problems and transaction.user_id and transaction.user_id != user_id:
        problems = [Violation("transaction.userId", "names another player")]
    if problems:
        raise ValidationFailed(component="transaction", violations=problems)
    return transaction
