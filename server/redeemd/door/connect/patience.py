"""Ends calls at their deadline, or when their client disconnects: as gRPC does, it cancels what serves them."""

import asyncio
import re
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from aiohttp import web

from redeemd.errors import RequestMalformed
from redeemd.http.connections import when_lost

Result = TypeVar("Result")

_CONNECT = re.compile(r"[0-9]{1,10}")
_GRPC = re.compile(r"([0-9]{1,8})([HMSmun])")
_SECONDS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}


def seconds_of(headers: Mapping[str, str]) -> float | None:
    """Return how long a client waits for a call; None if it does not say. Raises RequestMalformed."""
    milliseconds, timeout = headers.get("Connect-Timeout-Ms"), headers.get("grpc-timeout")
    if milliseconds is not None:
        if not _CONNECT.fullmatch(milliseconds):
            raise RequestMalformed
        return int(milliseconds) / 1000
    if timeout is None:
        return None
    found = _GRPC.fullmatch(timeout)
    if found is None:
        raise RequestMalformed
    return int(found[1]) * _SECONDS[found[2]]


async def until(request: web.Request, deadline: float | None, work: Awaitable[Result]) -> Result:
    """Return the result of serving a request. Raises TimeoutError if its deadline has passed or its client is gone."""
    now = asyncio.get_running_loop().time
    async with asyncio.timeout_at(deadline) as patience:

        def end() -> None:
            if not patience.expired():
                patience.reschedule(now())

        with when_lost(request.transport, end):
            return await work
