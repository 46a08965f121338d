"""Receives what a client is still sending when its stream of requests is refused.

A grpc.aio client whose message is sent after the status has arrived reports INTERNAL instead of that status
(https://github.com/grpc/grpc/issues/36066).
"""

import asyncio
import contextlib

from redeemd.errors import ServiceError
from redeemd.rpc.limiter import Lobby
from redeemd.rpc.ports import EOF, Context

SECONDS_MAX = 1.0
BYTES_MAX = 8 * 1024 * 1024
_QUIET_SECONDS = 0.1  # after which a client that has sent something sends no more for now


async def discard(context: Context, lobby: Lobby, *, sent: bool) -> None:
    """Receive messages until the client pauses or ends its stream, for at most SECONDS_MAX and up to BYTES_MAX.

    `sent`: whether the client has sent a message before. Otherwise the first one may take SECONDS_MAX.
    """
    received = 0
    with contextlib.suppress(ServiceError, TimeoutError):
        async with asyncio.timeout(SECONDS_MAX):
            while received < BYTES_MAX:
                async with asyncio.timeout(_QUIET_SECONDS if sent else SECONDS_MAX):
                    data = await lobby.receive(context.read)
                if data is EOF:
                    return
                received += len(data)
                sent = True
