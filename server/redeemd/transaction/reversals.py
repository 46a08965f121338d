"""Reverts transactions that were run recently, each at most once.

A reversal is planned outside its transaction, from the stored result, whose actions never change. In its transaction,
the result is marked as reverted, so that one of several callers succeeds; a mark and its reverses commit together.
"""

from redeemd.rpc.call import Authorized, Call
from redeemd.store.base import Store, Tx
from redeemd.transaction.errors import TransactionResultNotFound
from redeemd.transaction.part_results import PartResults, ResultRequest
from redeemd.transaction.results import Result, Results
from redeemd.transaction.reversing import Planner, Reversal


class Reversals:
    """Finds the results of transactions and of sheets, and marks them."""

    def __init__(self, store: Store, results: Results, sheets: PartResults, planner: Planner) -> None:
        self._store = store
        self._results = results
        self._sheets = sheets
        self._planner = planner

    async def plan(self, call: Call[ResultRequest]) -> Authorized[Reversal]:
        """Plan the reversal that a call requests, also if it was done before: its reply may be stored.

        Raises TransactionResultNotFound, or what Planner.plan raises.
        """
        user_id, transaction_id, now = call.player, call.request.transaction_id, call.server_now

        async def find(tx: Tx) -> Result:
            sheet = await self._sheets.sheet(tx, user_id, transaction_id, now=now)
            return sheet or await self._results.find(tx, user_id, transaction_id, now=now)

        result = await self._store.run(find, write=False)
        reversal = await self._planner.plan(result, call.caller)
        return Authorized(reversal, reversal.namespace_names)

    async def mark(self, call: Call[ResultRequest], *, by: str) -> None:
        """Mark the transaction as reverted by another one, the first time.

        Raises TransactionAlreadyReverted or TransactionResultNotFound.
        """
        for results in (self._results, self._sheets):
            if await results.mark_reverted(
                call.tx, call.player, call.request.transaction_id, by=by, now=call.server_now
            ):
                return
        raise TransactionResultNotFound
