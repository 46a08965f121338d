"""The client of a soak: calls, counts what came of them, and how long they took."""

import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from redeem.auth.v1.auth_service_pb2_grpc import AuthServiceStub
from redeem.exchange.v1.exchange_service_pb2_grpc import ExchangeServiceStub
from redeem.limit.v1.limit_service_pb2_grpc import LimitServiceStub
from redeem.serialkey.v1.serialkey_service_pb2_grpc import SerialKeyServiceStub
from redeem.transaction.v1.transaction_service_pb2_grpc import TransactionServiceStub

DEADLINE_SECONDS = 20.0


class Refused(Exception):
    """A call was refused, with this reason."""


def quantile(numbers: Sequence[float], part: float) -> float:
    """Return the nearest-rank quantile, 0 of none."""
    ranked = sorted(numbers)
    return ranked[min(len(ranked) - 1, math.ceil(part * len(ranked)) - 1)] if ranked else 0.0


class Client:
    """A connection of an administrator, over gRPC and HTTP."""

    def __init__(self, address: str, key_file: Path) -> None:
        self.address = address
        self.admin = (("authorization", f"Bearer {key_file.read_text(encoding='utf-8').strip()}"),)
        self.http = aiohttp.ClientSession()
        self.outcomes: Counter[str] = Counter()  # by reason; OK for calls that succeeded
        self.calls = 0
        self._took: list[float] = []
        self._channel = grpc.aio.insecure_channel(address)
        self.auth: Any = AuthServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self.keys: Any = SerialKeyServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self.limits: Any = LimitServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self.exchanges: Any = ExchangeServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self.transactions: Any = TransactionServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated

    async def call(self, method: Any, request: object, *headers: tuple[str, str]) -> Any:
        """Call as the administrator. Raises Refused."""
        began = time.perf_counter()
        try:
            reply = await method(request, metadata=(*self.admin, *headers), timeout=DEADLINE_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise Refused(self._count(_reason(error))) from None
        finally:
            self._took.append(time.perf_counter() - began)
        self._count("OK")
        return reply

    async def stream(self, method: Any, request: object, *, messages: int) -> AsyncIterator[Any]:
        """Read so many messages of a stream, and break it off there."""
        call = method(request, metadata=self.admin, timeout=DEADLINE_SECONDS)
        try:
            async for number, message in _numbered(call):
                yield message
                if number == messages:
                    break
        except grpc.aio.AioRpcError as error:
            raise Refused(self._count(_reason(error))) from None
        finally:
            call.cancel()
        self._count("OK")

    def count_status(self, status: int) -> None:
        """Note the status of an HTTP response."""
        self._count(f"HTTP {status}")

    def _count(self, outcome: str) -> str:
        self.calls += 1
        self.outcomes[outcome] += 1
        return outcome

    def took(self) -> tuple[float, float]:
        """Return median and 99th percentile, in ms, of the calls since the last time."""
        took, self._took = self._took, []
        return 1000 * quantile(took, 0.5), 1000 * quantile(took, 0.99)

    async def close(self) -> None:
        """Hang up."""
        await self.http.close()
        await self._channel.close()


async def _numbered(call: Any) -> AsyncIterator[tuple[int, Any]]:
    number = 0
    async for message in call:
        number += 1
        yield number, message


def _reason(error: grpc.aio.AioRpcError) -> str:
    """Return why a call was refused; for what has no reason, and so is a failure, its status."""
    status: Any = rpc_status.from_call(error)
    for detail in status.details if status is not None else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return str(error.code().name)
