"""What a method that is streamed to is given: the messages, and the transaction at the end."""

from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.message import Message

from redeemd.errors import ValidationFailed, Violation

Work = Callable[[], Awaitable[Message]]


class Incoming:
    """The messages of a client's stream, the first one included; each is valid and of the same namespace as the first.

    The last one has to say so: for a client that leaves, grpc.aio often ends the messages before it cancels the call,
    as if they were all. Iterating raises what receiving a message raises, and ValidationFailed, also for a stream that
    broke off.
    """

    def __init__(
        self,
        first: Message,
        following: Callable[[], Awaitable[Message | None]],
        earlier_answer: Callable[[bytes], Awaitable[Message | None]],
        commit: Callable[[Work, bytes], Awaitable[Message]],
    ) -> None:
        self._first: Any = first
        self._before: Any = None  # the message before
        self._following = following
        self._earlier_answer = earlier_answer
        self._commit = commit

    def __aiter__(self) -> "Incoming":
        return self

    async def __anext__(self) -> Any:
        if self._before is None:
            self._before = self._first
            return self._first
        message: Any = await self._following()
        if message is None:
            if not self._before.last:
                raise _refusal("last", "must be set in the last message; this call seems to have broken off")
            raise StopAsyncIteration
        if self._before.last:
            raise _refusal("last", "must be set in the last message only")
        if message.namespace_name != self._first.namespace_name:  # the first one was checked for who may call
            raise _refusal("namespace_name", "must be that of the first message")
        self._before = message
        return message

    async def earlier_answer(self, digest: bytes) -> Message | None:
        """Answer what the same was answered under the idempotency key before; None when there is no key or answer.

        Raises IdempotencyKeyReused or CallFenced.
        """
        return await self._earlier_answer(digest)

    async def commit(self, work: Work, digest: bytes) -> Message:
        """Do the work in one last transaction, once for an idempotency key; `digest` stands for what was streamed."""
        return await self._commit(work, digest)


def _refusal(field: str, text: str) -> ValidationFailed:
    return ValidationFailed(violations=[Violation(field, text)])
