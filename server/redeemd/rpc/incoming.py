"""What a method that is streamed to is given: the messages, and the transaction at the end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from google.protobuf.message import Message

from redeemd.errors import ValidationFailed, Violation

Work = Callable[[], Awaitable[Message]]


class Incoming:
    """The messages of a client's stream, the first one included; each is valid and of the same namespace as the first.

    Iterating raises RequestMalformed or ValidationFailed.
    """

    def __init__(
        self,
        first: Message,
        others: AsyncIterator[Any],
        check: Callable[[Any], Message],
        commit: Callable[[Work, bytes], Awaitable[Message]],
    ) -> None:
        self._first: Any = first
        self._begun = False
        self._others = others
        self._check = check
        self._commit = commit

    def __aiter__(self) -> "Incoming":
        return self

    async def __anext__(self) -> Any:
        if not self._begun:
            self._begun = True
            return self._first
        message: Any = self._check(await anext(self._others))
        if message.namespace_name != self._first.namespace_name:  # the first one was checked for who may call
            raise ValidationFailed(violations=[Violation("namespace_name", "must be that of the first message")])
        return message

    async def commit(self, work: Work, digest: bytes) -> Message:
        """Do the work in one last transaction, once for an idempotency key; `digest` stands for what was streamed."""
        return await self._commit(work, digest)
