"""Runs the parts of signed sheets, each once and in order.

The results of parts are stored like the replies of idempotent calls: encrypted, for longer than a sheet is valid, under
a hash of player, transaction and part. The row is inserted before the part runs, so that one of two callers is refused.
"""

import contextlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from google.protobuf.message import Message
from redeem.transaction.v1 import requests_pb2 as pb
from redeem.transaction.v1 import resources_pb2

from redeemd.auth.authorize import require_namespace
from redeemd.contract import documented_json, json_text
from redeemd.errors import ServiceError
from redeemd.idempotency.idempotency import Idempotency
from redeemd.rpc.call import Authorized, Call, RolledBack
from redeemd.rpc.marks import PlanT
from redeemd.store import locks
from redeemd.transaction.action_request import ActionRequest
from redeemd.transaction.errors import (
    SheetInvalid,
    SheetOutOfOrder,
    SheetPartAlreadyRun,
    StampSheetResultNotFound,
)
from redeemd.transaction.registry import Kind
from redeemd.transaction.runner import Runner, Transaction
from redeemd.transaction.sheets import ACQUIRE_ALL, Label, Origin, Part, Sheet, Sheets, require_fresh

_PART = "stamp sheet part"
_RESULT = "stamp sheet result"
_SUCCEEDED = 200
# gRPC status -> HTTP status (semantics 7.2); any other status is 400.
_HTTP = {"NOT_FOUND": 404, "ABORTED": 409, "RESOURCE_EXHAUSTED": 402, "PERMISSION_DENIED": 401, "UNAUTHENTICATED": 401}


class Answered(NamedTuple):
    """The reply of an action, or of several as Redeem:AcquireAll, also as JSON text."""

    message: Message
    text: str


class Whole(NamedTuple):
    """An opened sheet with its opened tasks."""

    sheet: Sheet
    parts: Sequence[Part]  # all parts, in order


class SheetRunner:
    """Opens and runs parts, for the RPCs of all services that accept them."""

    def __init__(self, runner: Runner, idempotency: Idempotency, sheets: Sheets) -> None:
        self._runner = runner
        self._idempotency = idempotency
        self._sheets = sheets

    # Authorization: opens the signed text; the caller must have access to the namespace in which it was signed. An
    # expired sheet is refused later, because the reply of a part that has run can still be requested. These methods
    # raise SheetInvalid or NamespaceNotAllowed.

    async def open_verify_task(self, call: Call[Any]) -> Authorized[Part]:
        """Open the verify_task or stamp_task of a request, which must be a verify action."""
        text = getattr(call.request, "verify_task", "") or call.request.stamp_task
        return self._open_task(call, Kind.VERIFY, text)

    async def open_task(self, call: Call[Any]) -> Authorized[Part]:
        """Open the stamp_task of a request, which must be a consume action."""
        return self._open_task(call, Kind.CONSUME, call.request.stamp_task)

    def _open_task(self, call: Call[Any], kind: Kind, text: str) -> Authorized[Part]:
        part = self._sheets.open_task(kind, text, call.request.key_id)
        return self._allowed(call, part, part)

    async def open_sheet(self, call: Call[Any]) -> Authorized[Whole]:
        """Open the stamp_sheet of a request, and its tasks."""
        key_id = call.request.key_id
        sheet = self._sheets.open_sheet(call.request.stamp_sheet, key_id)
        parts = [self._sheets.open_task(Kind.VERIFY, text, key_id) for text in sheet.verify_tasks]
        parts += [self._sheets.open_task(Kind.CONSUME, text, key_id) for text in sheet.tasks]
        return self._allowed(call, sheet.part, Whole(sheet, [*parts, sheet.part]))

    def _allowed(self, call: Call[Any], part: Part, plan: PlanT) -> Authorized[PlanT]:
        """Authorize a call for the namespace and the player of a part. Raises NamespaceNotAllowed or SheetInvalid."""
        require_namespace(call.caller, part.origin.namespace_name)
        call.concerns.append(part.origin.user_id)
        stack = getattr(call.request, "context_stack", "")
        if stack:
            self._sheets.check_stack(stack, part.origin)
        return Authorized(plan, [part.origin.namespace_name], part.origin.user_id)

    # Bodies

    async def run_task(self, call: Call[Any], part: Part) -> Message:
        """Implement RunVerifyTask and RunStampTask."""
        await self._take(call, part)
        try:
            answered = await self._run(call, part)
        except ServiceError as refusal:
            raise RolledBack(call.reply(status_code=_http(refusal), result=_render(refusal))) from None
        stack = self._sheets.stack(part.origin, part.number)
        return call.reply(context_stack=stack, status_code=_SUCCEEDED, result=answered.text)

    async def run_sheet(self, call: Call[Any], whole: Whole) -> Message:
        """Implement RunStampSheet."""
        await self._take(call, whole.sheet.part)
        try:
            answered = await self._run_last(call, whole)
        except ServiceError as refusal:
            raise RolledBack(call.reply(status_code=_http(refusal), result=_render(refusal))) from None
        return call.reply(status_code=_SUCCEEDED, result=answered.text)

    async def run_express(self, call: Call[Any], whole: Whole) -> Message:
        """Implement RunStampSheetExpress."""
        reply: Any = call.reply()
        await self._take_players(call, whole.parts)
        for part in whole.parts:
            await self._take(call, part)
            try:
                last = part is whole.sheet.part
                answered = await (self._run_last(call, whole) if last else self._run(call, part))
            except ServiceError as refusal:
                _add(reply, whole, part, _http(refusal), _render(refusal))
                raise RolledBack(reply) from None
            _add(reply, whole, part, _SUCCEEDED, answered.text)
        return reply  # type: ignore[no-any-return]

    async def run_task_as(self, call: Call[Any], part: Part, action: str) -> Message:
        """Implement a ...ByStampTask method: with the reply and the errors of the action."""
        _require_action(part, action, Label.TASK)
        await self._take(call, part)
        answered = await self._run(call, part)
        stack = self._sheets.stack(part.origin, part.number)
        return call.reply(**_fields(answered.message), new_context_stack=stack)

    async def run_sheet_as(self, call: Call[Any], whole: Whole, action: str) -> Message:
        """Implement a ...ByStampSheet method: with the reply and the errors of the action."""
        _require_action(whole.sheet.part, action, Label.SHEET)
        await self._take(call, whole.sheet.part)
        answered = await self._run_last(call, whole)
        return call.reply(**_fields(answered.message))

    async def find(self, call: Call[Any]) -> resources_pb2.StampSheetResult:
        """Return the result of a sheet of the player. Raises StampSheetResultNotFound or NamespaceNotAllowed."""
        scope = self._scope(_RESULT, call.player, call.request.transaction_id)
        outcome = await self._idempotency.outcome(call.tx, scope, now=call.server_now)
        if outcome.answer is None:
            raise StampSheetResultNotFound
        result = resources_pb2.StampSheetResult.FromString(outcome.answer)
        for name in result.namespace_names:
            require_namespace(call.caller, name)
        return result

    async def _run(self, call: Call[Any], part: Part) -> Answered:
        """Run a part after `_take`, and store its reply. Raises the errors of its actions."""
        answered = await self._perform(call, part)
        kept = pb.RunStampTaskResponse(status_code=_SUCCEEDED, result=answered.text)
        await self._idempotency.keep(call.tx, self._part_scope(part), kept, now=call.server_now)
        return answered

    async def _take(self, call: Call[Any], part: Part) -> None:
        """Claim a part, which can run only once and after all parts before it.

        Raises SheetExpired, SheetOutOfOrder or SheetPartAlreadyRun.
        """
        require_fresh(part.origin, now=call.server_now)
        transaction_id, number = part.origin.transaction_id, str(part.number)
        if part.number and await self._result_of(call, part.origin, part.number - 1) is None:
            raise SheetOutOfOrder(transaction_id=transaction_id, part=number)
        if not await self._idempotency.take(call.tx, self._part_scope(part), now=call.server_now):
            raise SheetPartAlreadyRun(transaction_id=transaction_id, part=number)

    async def _take_players(self, call: Call[Any], parts: Sequence[Part]) -> None:
        """Lock the players of parts that run in one transaction. Errors of a part are raised when it runs."""
        wanted: set[str] = set()
        with contextlib.suppress(ServiceError):
            for part in parts if not call.tx.serial else ():
                transaction, asked = self._begin(call, part)
                wanted |= await transaction.players_of(asked)
        await call.tx.lock(*map(locks.player, wanted))

    async def _perform(self, call: Call[Any], part: Part) -> Answered:
        """Perform the actions of a part."""
        transaction, asked = self._begin(call, part)
        admitted = transaction.admit(*asked)
        await transaction.take_players(admitted)
        answers = [await transaction.perform(each) for each in admitted]
        if part.name != ACQUIRE_ALL:
            return Answered(answers[0], transaction.texts()[0])
        results = transaction.results()
        return Answered(results, documented_json.to_text(results))

    def _begin(self, call: Call[Any], part: Part) -> tuple[Transaction, list[ActionRequest]]:
        """Begin the transaction of a part, for the player of the sheet and at that player's time.

        Raises ValidationFailed for an action that this server no longer supports.
        """
        origin = part.origin
        acting: Call[Any] = call.acting(
            pb.RunTransactionRequest(user_id=origin.user_id),
            method=call.method,
            reply_type=call.reply_type,
            now=call.server_now + origin.time_offset_ms,
            issuer=None,
        )
        transaction = self._runner.begin(
            acting, namespace_names=[origin.namespace_name], transaction_id=origin.transaction_id
        )
        asked = self._runner.requests.literal(part.actions, foreign_too=True)
        return transaction, [each._replace(place=place) for each, place in zip(asked, part.places, strict=True)]

    async def _run_last(self, call: Call[Any], whole: Whole) -> Answered:
        """Run the sheet itself after `_take`, and store the results of all its parts."""
        answered = await self._run(call, whole.sheet.part)
        origin = whole.sheet.part.origin
        results = [await self._result_of(call, origin, part.number) for part in whole.parts[:-1]]
        texts = [result.result for result in results if result is not None]
        verifies = len(whole.sheet.verify_tasks)
        kept = resources_pb2.StampSheetResult(
            stamp_sheet_result_id=self._runner.results.sheet_grn(origin.user_id, origin.transaction_id),
            user_id=origin.user_id,
            transaction_id=origin.transaction_id,
            verify_task_requests=[action for part in whole.parts for action in part.actions.verify_actions],
            task_requests=[action for part in whole.parts for action in part.actions.consume_actions],
            sheet_request=whole.sheet.request,
            verify_task_result_codes=[_SUCCEEDED] * verifies,
            verify_task_results=texts[:verifies],
            task_result_codes=[_SUCCEEDED] * (len(texts) - verifies),
            task_results=texts[verifies:],
            sheet_result_code=_SUCCEEDED,
            sheet_result=answered.text,
            next_transaction_id=getattr(answered.message, "transaction_id", None),
            created_at=call.server_now,
            revision=1,
            namespace_names=[origin.namespace_name],
        )
        scope = self._scope(_RESULT, origin.user_id, origin.transaction_id)
        await self._idempotency.keep(call.tx, scope, kept, now=call.server_now)
        return answered

    async def _result_of(self, call: Call[Any], origin: Origin, number: int) -> pb.RunStampTaskResponse | None:
        scope = self._scope(_PART, origin.user_id, f"{origin.transaction_id}/{number}")
        outcome = await self._idempotency.outcome(call.tx, scope, now=call.server_now)
        return None if outcome.answer is None else pb.RunStampTaskResponse.FromString(outcome.answer)

    def _part_scope(self, part: Part) -> bytes:
        return self._scope(_PART, part.origin.user_id, f"{part.origin.transaction_id}/{part.number}")

    def _scope(self, what: str, user_id: str, key: str) -> bytes:
        return self._idempotency.scope(what, user_id=user_id, key=key)


# Functions for `authorized`, for servicers whose attribute `signed` is a SheetRunner.


async def signed_verify_task(servicer: Any, call: Call[Any]) -> Authorized[Part]:
    """Open a signed verify action."""
    return await servicer.signed.open_verify_task(call)  # type: ignore[no-any-return]


async def signed_task(servicer: Any, call: Call[Any]) -> Authorized[Part]:
    """Open a signed consume action."""
    return await servicer.signed.open_task(call)  # type: ignore[no-any-return]


async def signed_sheet(servicer: Any, call: Call[Any]) -> Authorized[Whole]:
    """Open a signed sheet."""
    return await servicer.signed.open_sheet(call)  # type: ignore[no-any-return]


def _require_action(part: Part, action: str, label: Label) -> None:
    """Raise SheetInvalid unless a part holds the action for which the method is named."""
    if part.name != action:
        raise SheetInvalid(part=label, problem="action")


def _add(reply: Any, whole: Whole, part: Part, status_code: int, text: str) -> None:
    """Add the result of a part to a reply of RunStampSheetExpress."""
    if part is whole.sheet.part:
        reply.sheet_result_code, reply.sheet_result = status_code, text
    elif part.number < len(whole.sheet.verify_tasks):
        reply.verify_task_result_codes.append(status_code)
        reply.verify_task_results.append(text)
    else:
        reply.task_result_codes.append(status_code)
        reply.task_results.append(text)


def _fields(message: Message) -> dict[str, Any]:
    return {field.name: value for field, value in message.ListFields()}


def _http(refusal: ServiceError) -> int:
    return _HTTP.get(refusal.status.name, 400)


def _render(refusal: ServiceError) -> str:
    """Render a refusal as the vendor's documents do (semantics 7.1)."""
    metadata = dict(refusal.metadata)
    error = {"component": metadata.get("component", ""), "message": str(refusal)}
    if "code" in metadata:
        error["code"] = metadata["code"]
    return json_text.write({"message": json_text.write([error]), "metadata": metadata | {"reason": refusal.reason}})
