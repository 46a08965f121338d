"""The results of parts of signed sheets, and of sheets.

They are stored like the replies of idempotent calls: encrypted, for longer than a sheet is valid, under a hash of
player, transaction and part. The row of a part is inserted before the part runs, so that one of two callers is refused.
"""

from typing import Protocol

from redeem.transaction.v1 import requests_pb2 as pb
from redeem.transaction.v1 import resources_pb2

from redeemd.idempotency.idempotency import Idempotency
from redeemd.rpc.call import Call
from redeemd.store.base import Tx
from redeemd.transaction.action import SUCCEEDED, ActionResult
from redeemd.transaction.errors import SheetOutOfOrder, SheetPartAlreadyRun
from redeemd.transaction.opening import Whole
from redeemd.transaction.results import reverted
from redeemd.transaction.sheets import Origin, SheetPart, require_fresh

_PART = "stamp sheet part"
_RESULT = "stamp sheet result"


class ResultRequest(Protocol):
    """A request for the result of a transaction."""

    transaction_id: str


class PartResults:
    """Stores and finds results."""

    def __init__(self, idempotency: Idempotency) -> None:
        self._idempotency = idempotency

    async def claim(self, call: Call[object], part: SheetPart) -> None:
        """Claim a part, which can run only once and after all parts before it.

        Raises SheetExpired, SheetOutOfOrder or SheetPartAlreadyRun.
        """
        require_fresh(part.origin, now=call.server_now)
        transaction_id, number = part.origin.transaction_id, str(part.number)
        if part.number and await self._of(call, part.origin, part.number - 1) is None:
            raise SheetOutOfOrder(transaction_id=transaction_id, part=number)
        if not await self._idempotency.take(call.tx, self._part_scope(part.origin, part.number), now=call.server_now):
            raise SheetPartAlreadyRun(transaction_id=transaction_id, part=number)

    async def keep(self, call: Call[object], part: SheetPart, result: ActionResult) -> None:
        """Store the result of a part that was claimed."""
        kept = pb.RunStampTaskResponse(status_code=SUCCEEDED, result=result.text)
        scope = self._part_scope(part.origin, part.number)
        await self._idempotency.keep(call.tx, scope, kept, now=call.server_now)

    async def keep_sheet(self, call: Call[object], whole: Whole, result: ActionResult, *, grn: str) -> None:
        """Store the result of a sheet, of which all parts have run. `result` is that of the last part."""
        origin = whole.sheet.part.origin
        found = [await self._of(call, origin, part.number) for part in whole.parts[:-1]]
        texts = [each.result for each in found if each is not None]
        verifies = len(whole.sheet.verify_tasks)
        kept = resources_pb2.StampSheetResult(
            stamp_sheet_result_id=grn,
            user_id=origin.user_id,
            transaction_id=origin.transaction_id,
            verify_task_requests=[action for part in whole.parts for action in part.actions.verify_actions],
            task_requests=[action for part in whole.parts for action in part.actions.consume_actions],
            sheet_request=whole.sheet.request,
            verify_task_result_codes=[SUCCEEDED] * verifies,
            verify_task_results=texts[:verifies],
            task_result_codes=[SUCCEEDED] * (len(texts) - verifies),
            task_results=texts[verifies:],
            sheet_result_code=SUCCEEDED,
            sheet_result=result.text,
            next_transaction_id=getattr(result.reply(), "transaction_id", None),
            created_at=call.server_now,
            revision=1,
            namespace_names=[origin.namespace_name],
        )
        scope = self._scope(_RESULT, origin.user_id, origin.transaction_id)
        await self._idempotency.keep(call.tx, scope, kept, now=call.server_now)

    async def sheet(
        self, tx: Tx, user_id: str, transaction_id: str, *, now: int
    ) -> resources_pb2.StampSheetResult | None:
        """Return the result of a sheet, or None."""
        outcome = await self._idempotency.outcome(tx, self._scope(_RESULT, user_id, transaction_id), now=now)
        return None if outcome.reply is None else resources_pb2.StampSheetResult.FromString(outcome.reply)

    async def mark_reverted(self, tx: Tx, user_id: str, transaction_id: str, *, by: str, now: int) -> bool:
        """Record in the result of a sheet which transaction reverted it. See Results.mark_reverted."""
        scope = self._scope(_RESULT, user_id, transaction_id)
        return await self._idempotency.amend(tx, scope, reverted(resources_pb2.StampSheetResult, by), now=now)

    async def _of(self, call: Call[object], origin: Origin, number: int) -> pb.RunStampTaskResponse | None:
        outcome = await self._idempotency.outcome(call.tx, self._part_scope(origin, number), now=call.server_now)
        return None if outcome.reply is None else pb.RunStampTaskResponse.FromString(outcome.reply)

    def _part_scope(self, origin: Origin, number: int) -> bytes:
        return self._scope(_PART, origin.user_id, f"{origin.transaction_id}/{number}")

    def _scope(self, what: str, user_id: str, key: str) -> bytes:
        return self._idempotency.scope(what, user_id=user_id, key=key)
