"""Calls a handler by gRPC."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
from redeem.transaction.v1 import action_handler_pb2 as pb
from redeem.transaction.v1 import action_handler_pb2_grpc

from redeemd.config import HandlerSettings, HandlerTls
from redeemd.contract import json_text
from redeemd.handlers.ports import MESSAGE_CHARACTERS_MAX, Answer, Execution

RESULT_CHARACTERS_MAX = 65_536
_MESSAGE_BYTES_MAX = 1024 * 1024

# Refused for good; see ActionHandler in the proto. Not those that a proxy or a mesh answers by itself.
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
_OPTIONS = (
    ("grpc.max_receive_message_length", _MESSAGE_BYTES_MAX),
    ("grpc.enable_retries", 0),  # that is done, and counted, elsewhere
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5000),
    ("grpc.keepalive_time_ms", 30_000),  # a connection that died quietly is noticed
    ("grpc.keepalive_timeout_ms", 10_000),
)


class HandlerClient:
    """A handler at an address. See redeemd.handlers.ports.Handler."""

    def __init__(self, settings: HandlerSettings) -> None:
        """Raises OSError for a file that cannot be read."""
        self._deadline_seconds = settings.deadline_seconds
        self._channel = _channel(settings)
        self._stub = action_handler_pb2_grpc.ActionHandlerStub(self._channel)  # type: ignore[no-untyped-call]

    async def execute(self, execution: Execution, attempt: int) -> Answer:
        """See Handler."""
        reply, answer = await self._call(self._stub.Execute, _request(execution, attempt))
        return answer if reply is None else replace(answer, result=_result(reply.result))

    async def execute_batch(self, executions: Sequence[tuple[Execution, int]]) -> Sequence[Answer]:
        """See Handler."""
        batch = pb.ExecuteBatchRequest(executions=[_request(execution, attempt) for execution, attempt in executions])
        reply, answer = await self._call(self._stub.ExecuteBatch, batch)
        if reply is None:  # whatever was said, was said of the batch
            return [replace(answer, final=False)] * len(executions)
        codes = {outcome.key: _CODES.get(outcome.code, grpc.StatusCode.UNKNOWN) for outcome in reply.outcomes}
        return [_answer(codes.get(execution.key, grpc.StatusCode.UNKNOWN)) for execution, _ in executions]

    async def cancel(self, execution: Execution, attempt: int) -> Answer:
        """See Handler."""
        request = pb.CancelRequest(
            key=execution.key,
            action=execution.action,
            request=execution.request,
            user_id=execution.user_id,
            transaction_id=execution.transaction_id,
            attempt=attempt,
        )
        _, answer = await self._call(self._stub.Cancel, request)
        return answer

    async def _call(self, method: Any, request: Any) -> tuple[Any, Answer]:
        """Return the reply of the handler, or None, and the status."""
        try:
            return await method(request, timeout=self._deadline_seconds), _answer(grpc.StatusCode.OK)
        except grpc.aio.AioRpcError as error:
            return None, _answer(error.code(), _shown(error.details() or ""))

    async def close(self) -> None:
        """Cancel calls in progress and close the connection."""
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


def _answer(code: grpc.StatusCode, message: str = "") -> Answer:
    return Answer(code.name, message=message, final=code in _FINAL)


def _channel(settings: HandlerSettings) -> grpc.aio.Channel:
    if settings.tls is None:
        return grpc.aio.insecure_channel(settings.address, options=_OPTIONS)
    options = list[tuple[str, Any]](_OPTIONS)
    if settings.tls.server_name is not None:
        options.append(("grpc.ssl_target_name_override", settings.tls.server_name))
    return grpc.aio.secure_channel(settings.address, _credentials(settings.tls), options=options)


def _credentials(tls: HandlerTls) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(_read(tls.ca), _read(tls.key), _read(tls.certificate))


def _read(path: str | None) -> bytes | None:
    return None if path is None else Path(path).read_bytes()


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
