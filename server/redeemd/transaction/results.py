"""Stores the results of transactions for a limited time, so that clients can query them (semantics 5.5, 6.3).

A result is stored like the reply of an idempotent call: under a hash of player and id, and encrypted because it may
contain codes.
"""

from collections.abc import Callable
from typing import TypeAlias

from google.protobuf.message import Message
from redeem.transaction.v1 import resources_pb2 as pb

from redeemd.auth.authorize import require_namespace
from redeemd.idempotency.idempotency import Idempotency
from redeemd.rpc.call import Caller
from redeemd.store.base import Tx
from redeemd.transaction.errors import TransactionAlreadyReverted, TransactionAlreadyRun, TransactionResultNotFound

Result: TypeAlias = pb.TransactionResult | pb.StampSheetResult

_SCOPE = "transaction result"


def require_readable(result: Result, caller: Caller) -> None:
    """Raise NamespaceNotAllowed for a caller who may not read a result."""
    for name in result.namespace_names:
        require_namespace(caller, name)
    if isinstance(result, pb.TransactionResult) and result.needs_unlimited_key:
        require_namespace(caller, None)


def reverted(
    result_type: type[pb.TransactionResult] | type[pb.StampSheetResult], by: str
) -> Callable[[bytes], Message]:
    """Return a function that marks a serialised result as reverted. It raises TransactionAlreadyReverted."""

    def mark(serialised: bytes) -> Message:
        result = result_type.FromString(serialised)
        if result.HasField("reverted_by"):
            raise TransactionAlreadyReverted(reverted_by=result.reverted_by)
        result.reverted_by = by
        return result

    return mark


class Results:
    """Stores and finds results."""

    def __init__(self, idempotency: Idempotency, *, region: str, owner_id: str) -> None:
        self._idempotency = idempotency
        # There is only one distributor namespace, because in the vendor's documents every transaction belongs to one.
        self._grn = f"grn:gs2:{region}:{owner_id}:distributor:default"

    def grn(self, user_id: str, transaction_id: str) -> str:
        """Return the GRN of a result."""
        return f"{self._grn}:user:{user_id}:transaction:result:{transaction_id}"

    def sheet_grn(self, user_id: str, transaction_id: str) -> str:
        """Return the GRN of the result of a signed sheet."""
        return f"{self._grn}:user:{user_id}:stampSheet:result:{transaction_id}"

    async def reserve(self, tx: Tx, user_id: str, transaction_id: str, *, now: int) -> None:
        """Reserve an id chosen by a caller. Raises TransactionAlreadyRun."""
        if not await self._idempotency.take(tx, self._scope(user_id, transaction_id), now=now):
            raise TransactionAlreadyRun

    async def keep(self, tx: Tx, result: pb.TransactionResult, *, now: int) -> None:
        """Store a result, under an id that was reserved or that the server generated."""
        await self._idempotency.keep(tx, self._scope(result.user_id, result.transaction_id), result, now=now)

    async def find(self, tx: Tx, user_id: str, transaction_id: str, *, now: int) -> pb.TransactionResult:
        """Return a result. Raises TransactionResultNotFound."""
        outcome = await self._idempotency.outcome(tx, self._scope(user_id, transaction_id), now=now)
        if outcome.reply is None:
            raise TransactionResultNotFound
        return pb.TransactionResult.FromString(outcome.reply)

    async def mark_reverted(self, tx: Tx, user_id: str, transaction_id: str, *, by: str, now: int) -> bool:
        """Record in a result which transaction reverted its transaction, and store it as long as a new one.

        Returns False if there is no result. Raises TransactionAlreadyReverted.
        """
        scope = self._scope(user_id, transaction_id)
        return await self._idempotency.amend(tx, scope, reverted(pb.TransactionResult, by), now=now)

    def _scope(self, user_id: str, transaction_id: str) -> bytes:
        return self._idempotency.scope(_SCOPE, user_id=user_id, key=transaction_id)
