"""Runs the parts of signed sheets, each once and in order. See redeemd.transaction.part_results."""

import contextlib
from collections.abc import Mapping, Sequence

from google.protobuf.message import Message
from redeem.transaction.v1 import requests_pb2 as pb

from redeemd.contract import documented_json
from redeemd.errors import ServiceError
from redeemd.idempotency.idempotency import Idempotency
from redeemd.rpc.call import Call, RolledBack
from redeemd.store import locks
from redeemd.transaction import documented_refusals
from redeemd.transaction.action import SUCCEEDED, ActionRequest, ActionResult
from redeemd.transaction.errors import SheetInvalid
from redeemd.transaction.opening import SheetOpener, Whole
from redeemd.transaction.part_results import PartResults
from redeemd.transaction.runner import Runner
from redeemd.transaction.sheets import ACQUIRE_ALL, Label, SheetPart, Sheets
from redeemd.transaction.transaction import Transaction


class SheetRunner:
    """Runs parts, for the RPCs of all services that accept them."""

    def __init__(self, runner: Runner, idempotency: Idempotency, sheets: Sheets) -> None:
        self.opener = SheetOpener(sheets)
        self.results = PartResults(idempotency)
        self._runner = runner
        self._sheets = sheets

    async def run_task(self, call: Call[object], part: SheetPart) -> Message:
        """Implement RunVerifyTask and RunStampTask."""
        await self.results.claim(call, part)
        try:
            result = await self._run(call, part)
        except ServiceError as refusal:
            raise RolledBack(_refused(call, refusal)) from None
        stack = self._sheets.stack(part.origin, part.number)
        return call.reply(context_stack=stack, status_code=SUCCEEDED, result=result.text)

    async def run_sheet(self, call: Call[object], whole: Whole) -> Message:
        """Implement RunStampSheet."""
        await self.results.claim(call, whole.sheet.part)
        try:
            result = await self._run_last(call, whole)
        except ServiceError as refusal:
            raise RolledBack(_refused(call, refusal)) from None
        return call.reply(status_code=SUCCEEDED, result=result.text)

    async def run_express(self, call: Call[object], whole: Whole) -> Message:
        """Implement RunStampSheetExpress."""
        reply = pb.RunStampSheetExpressResponse()
        await self._take_players(call, whole.parts)
        for part in whole.parts:
            await self.results.claim(call, part)
            try:
                last = part is whole.sheet.part
                result = await (self._run_last(call, whole) if last else self._run(call, part))
            except ServiceError as refusal:
                status_code, text = documented_refusals.http_status(refusal), documented_refusals.to_text(refusal)
                _add(reply, whole, part, status_code, text)
                raise RolledBack(reply) from None
            _add(reply, whole, part, SUCCEEDED, result.text)
        return reply

    async def run_task_as(self, call: Call[object], part: SheetPart, action: str) -> Message:
        """Implement a ...ByStampTask method: with the reply and the errors of the action."""
        _require_action(part, action, Label.TASK)
        await self.results.claim(call, part)
        result = await self._run(call, part)
        stack = self._sheets.stack(part.origin, part.number)
        return call.reply(**_fields(result.reply()), new_context_stack=stack)

    async def run_sheet_as(self, call: Call[object], whole: Whole, action: str) -> Message:
        """Implement a ...ByStampSheet method: with the reply and the errors of the action."""
        _require_action(whole.sheet.part, action, Label.SHEET)
        await self.results.claim(call, whole.sheet.part)
        result = await self._run_last(call, whole)
        return call.reply(**_fields(result.reply()))

    async def _run(self, call: Call[object], part: SheetPart) -> ActionResult:
        """Run a part that was claimed, and store its result. Raises the errors of its actions."""
        result = await self._perform(call, part)
        await self.results.keep(call, part, result)
        return result

    async def _run_last(self, call: Call[object], whole: Whole) -> ActionResult:
        """Run the sheet itself after it was claimed, and store the results of all its parts."""
        result = await self._run(call, whole.sheet.part)
        origin = whole.sheet.part.origin
        grn = self._runner.results.sheet_grn(origin.user_id, origin.transaction_id)
        await self.results.keep_sheet(call, whole, result, grn=grn)
        return result

    async def _take_players(self, call: Call[object], parts: Sequence[SheetPart]) -> None:
        """Lock the players of parts that run in one transaction. Errors of a part are raised when it runs."""
        wanted: set[str] = set()
        with contextlib.suppress(ServiceError):
            for part in parts if not call.tx.serial else ():
                transaction, actions = self._begin(call, part)
                wanted |= await transaction.players_of(actions)
        await call.tx.lock(*map(locks.player, wanted))

    async def _perform(self, call: Call[object], part: SheetPart) -> ActionResult:
        """Perform the actions of a part."""
        transaction, actions = self._begin(call, part)
        admitted = transaction.admit(*actions)
        await transaction.take_players(admitted)
        done = [await transaction.perform_one(each) for each in admitted]
        if part.name != ACQUIRE_ALL:
            [result] = done
            assert result is not None, "only a forecast continues after a refusal"
            return result
        results = transaction.results()
        return ActionResult(documented_json.to_text(results), lambda: results)

    def _begin(self, call: Call[object], part: SheetPart) -> tuple[Transaction, list[ActionRequest]]:
        """Begin the transaction of a part, for the player of the sheet and at that player's time.

        Raises ValidationFailed for an action that this server no longer supports.
        """
        origin = part.origin
        acting = call.acting(
            pb.RunTransactionRequest(user_id=origin.user_id),
            method=call.method,
            reply_type=call.reply_type,
            now=call.server_now + origin.time_offset_ms,
            issuer=None,
        )
        transaction = self._runner.begin(
            acting, namespace_names=[origin.namespace_name], transaction_id=origin.transaction_id
        )
        actions = self._runner.parser.literal(part.actions, nested=False)
        return transaction, [each._replace(place=place) for each, place in zip(actions, part.places, strict=True)]


def _refused(call: Call[object], refusal: ServiceError) -> Message:
    status_code, text = documented_refusals.http_status(refusal), documented_refusals.to_text(refusal)
    return call.reply(status_code=status_code, result=text)


def _require_action(part: SheetPart, action: str, label: Label) -> None:
    """Raise SheetInvalid unless a part holds the action for which the method is named."""
    if part.name != action:
        raise SheetInvalid(part=label, problem="action")


def _add(reply: pb.RunStampSheetExpressResponse, whole: Whole, part: SheetPart, status_code: int, text: str) -> None:
    """Add the result of a part to a reply of RunStampSheetExpress."""
    if part is whole.sheet.part:
        reply.sheet_result_code, reply.sheet_result = status_code, text
    elif part.number < len(whole.sheet.verify_tasks):
        reply.verify_task_result_codes.append(status_code)
        reply.verify_task_results.append(text)
    else:
        reply.task_result_codes.append(status_code)
        reply.task_results.append(text)


def _fields(message: Message) -> Mapping[str, object]:
    return {field.name: value for field, value in message.ListFields()}
