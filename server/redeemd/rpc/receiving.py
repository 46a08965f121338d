"""Receives the messages of a call, with a timeout and a size limit that apply before parsing."""

import asyncio

from google.protobuf.message import DecodeError, Message

from redeemd.base.methods import MethodTelemetry
from redeemd.contract import list_bounds
from redeemd.contract.options import REQUEST_BYTES_MAX
from redeemd.errors import MessageTimeout, RequestMalformed, RequestTooLarge
from redeemd.rpc.limiter import Lobby
from redeemd.rpc.ports import EOF, Context


class Receiver:
    """Receives the messages of one method's calls.

    Its methods raise MessageTimeout, RequestTooLarge or RequestMalformed.
    """

    def __init__(
        self, request_type: type[Message], lobby: Lobby, telemetry: MethodTelemetry, *, bytes_max: int
    ) -> None:
        self.request_type = request_type
        self._lobby = lobby
        self.telemetry = telemetry
        self._bytes_max = bytes_max

    async def first(self, context: Context, *, caller_known: bool) -> Message | None:
        """Return the first message, or None if the client ended the call without one."""
        if caller_known:
            return await self.next(context)
        return self._parse(await self._lobby.receive(context.read))

    async def next(self, context: Context) -> Message | None:
        """Return the next message, or None after the last."""
        try:
            async with asyncio.timeout(self._lobby.timeout_seconds):
                data = await context.read()
        except TimeoutError:
            raise MessageTimeout from None
        return self._parse(data)

    def _parse(self, data: bytes) -> Message | None:
        if data is EOF:
            return None
        self.telemetry.received += 1
        if len(data) > self._bytes_max:
            raise RequestTooLarge(bytes=str(len(data)), bytes_max=str(self._bytes_max))
        if len(data) > REQUEST_BYTES_MAX:
            data = list_bounds.bounded(data, self.request_type)
        try:
            request = self.request_type.FromString(data)
        except DecodeError:
            raise RequestMalformed from None
        if len(data) > REQUEST_BYTES_MAX:
            request.DiscardUnknownFields()  # validation would serialize and parse them again
        return request
