"""Calls of RevertTransaction."""

from typing import Any

from redeem.transaction.v1 import requests_pb2 as pb

from support.exchanges import Exchanges
from support.service import Headers, Metadata


async def revert(
    exchanges: Exchanges,
    transaction_id: str,
    user_id: str = "alice",
    headers: Headers = (),
    key: Metadata | None = None,
) -> Any:
    """Revert a transaction, by default as the administrator; return the result of the transaction that reverted it."""
    request = pb.RevertTransactionRequest(user_id=user_id, transaction_id=transaction_id)
    metadata = (key or exchanges.service.admin) + tuple(headers)
    return (await exchanges.service.transactions.RevertTransaction(request, metadata=metadata)).item
