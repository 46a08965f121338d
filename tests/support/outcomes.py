"""GetOutcome, by the request of the call."""

from typing import Any

from redeem.transaction.v1 import requests_pb2 as pb

from support.service import Metadata, Service

TRANSACTIONS, SERIAL_KEYS = "redeem.transaction.v1.TransactionService", "redeem.serialkey.v1.SerialKeyService"
KEY = "order-1001"


async def ask(
    service: Service,
    method: str,
    *,
    of: str = TRANSACTIONS,
    key: str = KEY,
    request: Any = None,
    metadata: Metadata | None = None,
    **fields: Any,
) -> Any:
    """Call GetOutcome, by default as the administrator."""
    asked = pb.GetOutcomeRequest(service=of, method=method, key=key, **fields)
    if request is not None:
        asked.request.Pack(request)
    return await service.transactions.GetOutcome(asked, metadata=metadata or service.admin)
