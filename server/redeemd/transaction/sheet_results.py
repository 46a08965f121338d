"""Finds the results of signed sheets, and shows those of transactions that ran at once in the same form.

SDKs of the vendor that know no GetTransactionResult ask for the result of a sheet with the id of any transaction.
"""

from redeem.transaction.v1 import resources_pb2 as pb

from redeemd.rpc.call import Call
from redeemd.transaction.action import SUCCEEDED
from redeemd.transaction.errors import StampSheetResultNotFound, TransactionResultNotFound
from redeemd.transaction.part_results import PartResults, ResultRequest
from redeemd.transaction.results import Results, require_readable


class SheetResults:
    """The results of sheets and of other transactions."""

    def __init__(self, parts: PartResults, results: Results) -> None:
        self._parts = parts
        self._results = results

    async def find(self, call: Call[ResultRequest]) -> pb.StampSheetResult:
        """Return the result of a sheet or of a transaction of the player.

        Raises StampSheetResultNotFound or NamespaceNotAllowed.
        """
        sheet = await self._parts.sheet(call.tx, call.player, call.request.transaction_id, now=call.server_now)
        if sheet is None:
            return self._of_transaction(await self.transaction(call, StampSheetResultNotFound))
        require_readable(sheet, call.caller)
        return sheet

    async def transaction(
        self,
        call: Call[ResultRequest],
        absent: type[StampSheetResultNotFound | TransactionResultNotFound] = TransactionResultNotFound,
    ) -> pb.TransactionResult:
        """Return the result of a transaction of the player. Raises `absent` or NamespaceNotAllowed."""
        try:
            result = await self._results.find(call.tx, call.player, call.request.transaction_id, now=call.server_now)
        except TransactionResultNotFound:
            raise absent from None
        require_readable(result, call.caller)
        return result

    def _of_transaction(self, result: pb.TransactionResult) -> pb.StampSheetResult:
        """Show a result as that of a sheet, which has one acquire action: the first one."""
        acquired = result.acquire_results[:1]
        sheet = pb.StampSheetResult(
            stamp_sheet_result_id=self._results.sheet_grn(result.user_id, result.transaction_id),
            user_id=result.user_id,
            transaction_id=result.transaction_id,
            verify_task_result_codes=[each.status_code for each in result.verify_results],
            verify_task_results=[each.verify_result for each in result.verify_results],
            task_result_codes=[each.status_code for each in result.consume_results],
            task_results=[each.consume_result for each in result.consume_results],
            sheet_result_code=SUCCEEDED,
            sheet_result=acquired[0].acquire_result if acquired else "{}",
            created_at=result.created_at,
            revision=result.revision,
            namespace_names=result.namespace_names,
        )
        for verified in result.verify_results:
            sheet.verify_task_requests.add(action=verified.action, request=verified.verify_request)
        for consumed in result.consume_results:
            sheet.task_requests.add(action=consumed.action, request=consumed.consume_request)
        for each in acquired:
            sheet.sheet_request.action = each.action
            sheet.sheet_request.request = each.acquire_request
        if result.HasField("reverted_by"):
            sheet.reverted_by = result.reverted_by
        return sheet
