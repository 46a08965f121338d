"""Calls a handler by gRPC."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from redeem.transaction.v1 import action_handler_pb2 as pb
from redeem.transaction.v1 import action_handler_pb2_grpc

from redeemd.base import client_certificates
from redeemd.base.tasks import Tasks
from redeemd.base.trace import Headers, Trace, calling
from redeemd.base.watched_files import WatchedFiles
from redeemd.config.handlers import HandlerSettings
from redeemd.contract import json_text
from redeemd.handlers import channels
from redeemd.handlers.ports import MESSAGE_CHARACTERS_MAX, Execution, HandlerReply

RESULT_CHARACTERS_MAX = 65_536

# Refused for good; see ActionHandler in the proto. Not those that a proxy or a mesh sends itself.
_FINAL = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.OUT_OF_RANGE,
    }
)
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_KINDS = {
    "verify": pb.ACTION_KIND_VERIFY,
    "consume": pb.ACTION_KIND_CONSUME,
    "acquire": pb.ACTION_KIND_ACQUIRE,
}

_EXECUTE = "redeem.transaction.v1.ActionHandler/Execute"
_SPAN_ATTRIBUTES = {"rpc.system.name": "grpc", "rpc.method": _EXECUTE}

ResponseT = TypeVar("ResponseT")


class HandlerClient:
    """A handler at an address. See redeemd.handlers.ports.Handler."""

    def __init__(self, settings: HandlerSettings) -> None:
        """Raises TlsError for certificate files that cannot be used."""
        self._settings = settings
        self._files = WatchedFiles(client_certificates.files(settings.tls))
        self._files.changed()
        self._closing = Tasks()
        self._use(channels.open_channel(settings, channels.credentials(settings)))

    def _use(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self._stub = action_handler_pb2_grpc.ActionHandlerStub(channel)  # type: ignore[no-untyped-call]

    async def refresh(self) -> bool:
        """Connect anew if certificate files changed, and return whether they did; calls in progress end undisturbed.

        Raises TlsError for files that cannot be used; the former connection then stays in use.
        """
        if not self._files.changed():
            return False
        await self._reconnect(self._settings)
        return True

    async def move(self, settings: HandlerSettings) -> None:
        """Connect to another address or with other certificate files; calls in progress end undisturbed.

        Raises TlsError for files that cannot be used; the former connection then stays in use.
        """
        if settings != self._settings:
            await self._reconnect(settings)
            self._settings = settings
            self._files = WatchedFiles(client_certificates.files(settings.tls))
            self._files.changed()

    async def _reconnect(self, settings: HandlerSettings) -> None:
        credentials = await asyncio.to_thread(channels.credentials, settings)
        self._closing.start(self._channel.close(self._settings.deadline_seconds))
        self._use(channels.open_channel(settings, credentials))

    async def execute(self, execution: Execution, attempt: int, trace: Trace | None = None) -> HandlerReply:
        """See Handler."""
        with calling(trace, _EXECUTE, _SPAN_ATTRIBUTES) as out:
            response, reply = await self._call(self._stub.Execute, _request(execution, attempt), out.headers)
            out.failed = not reply.done
        return reply if response is None else replace(reply, result=_result(response.result))

    async def execute_batch(self, executions: Sequence[tuple[Execution, int]]) -> Sequence[HandlerReply]:
        """See Handler."""
        batch = pb.ExecuteBatchRequest(executions=[_request(execution, attempt) for execution, attempt in executions])
        response, reply = await self._call(self._stub.ExecuteBatch, batch)
        if response is None:  # the status is that of the whole batch
            return [replace(reply, final=False)] * len(executions)
        codes = {outcome.key: _CODES.get(outcome.code, grpc.StatusCode.UNKNOWN) for outcome in response.outcomes}
        return [_reply_with(codes.get(execution.key, grpc.StatusCode.UNKNOWN)) for execution, _ in executions]

    async def cancel(self, execution: Execution, attempt: int) -> HandlerReply:
        """See Handler."""
        request = pb.CancelRequest(
            key=execution.key,
            action=execution.action,
            request=execution.request,
            user_id=execution.user_id,
            transaction_id=execution.transaction_id,
            attempt=attempt,
        )
        _, reply = await self._call(self._stub.Cancel, request)
        return reply

    async def _call(
        self, method: Callable[..., Awaitable[ResponseT]], request: Message, metadata: Headers = ()
    ) -> tuple[ResponseT | None, HandlerReply]:
        """Return the response of the handler, or None, and the status."""
        try:
            response = await method(request, timeout=self._settings.deadline_seconds, metadata=metadata)
            return response, _reply_with(grpc.StatusCode.OK)
        except grpc.aio.AioRpcError as error:
            return None, _reply_with(error.code(), _shown(error.details() or ""))

    async def close(self) -> None:
        """Cancel calls in progress and close the connection."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        await self._channel.close()


def _request(execution: Execution, attempt: int) -> pb.ExecuteRequest:
    return pb.ExecuteRequest(
        key=execution.key,
        kind=_KINDS[execution.kind],
        action=execution.action,
        request=execution.request,
        user_id=execution.user_id,
        transaction_id=execution.transaction_id,
        created_at=execution.created_at,
        attempt=attempt,
    )


def _reply_with(code: grpc.StatusCode, message: str = "") -> HandlerReply:
    return HandlerReply(code.name, message=message, final=code in _FINAL)


def _shown(message: str) -> str:
    """Return the part of a handler's message that callers may see: error details are metadata, which is bounded."""
    return "".join(letter if letter.isprintable() else " " for letter in message[:MESSAGE_CHARACTERS_MAX])


def _result(text: str) -> str:
    """Return a result in compact form, or {} if it is too long or not a JSON object."""
    if not text or len(text) > RESULT_CHARACTERS_MAX:
        return "{}"
    try:
        value = json_text.read(text)
    except json_text.JsonError:
        return "{}"
    return json_text.write(value) if isinstance(value, dict) else "{}"
