"""Methods with response streams, which are sent in pages, and methods with request streams."""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, cast

from google.protobuf.message import Message

from redeemd.base.methods import MethodTelemetry
from redeemd.errors import ValidationFailed, Violation
from redeemd.rpc import spans
from redeemd.rpc.call import Call
from redeemd.rpc.limiter import Place
from redeemd.rpc.method import Method
from redeemd.rpc.pipeline import Admission, Rules
from redeemd.rpc.ports import Context, Metadata
from redeemd.rpc.request_log import Entry
from redeemd.rpc.runtime import Runtime
from redeemd.store.base import Tx

Work = Callable[[], Awaitable[Message]]

_END = object()  # of a stream


class Part(Protocol):
    """A message of a request stream."""

    namespace_name: str
    last: bool


PartT = TypeVar("PartT", bound=Part)


@dataclass(frozen=True, slots=True)
class Page:
    """One reply of a stream, if any, and the plan of the next page; None at the end.

    With `until`, the next page waits for it, and its result is the plan.
    """

    reply: Message | None
    next_plan: object
    until: Callable[[], Awaitable[object]] | None = None


class ServerStreaming:
    """Serves a method that streams its reply: its body runs once for each page, in a transaction of its own."""

    def __init__(self, method: Method, runtime: Runtime, telemetry: MethodTelemetry) -> None:
        self._method = method
        self._store = runtime.store
        self._telemetry = telemetry
        self._admission = Admission(method, runtime, telemetry)

    async def serve(self, context: Context, metadata: Metadata, entry: Entry, place: Place) -> None:
        """Stream the reply to a call. The client's reading sets the pace."""
        call = await self._admission.admit(context, metadata, entry, place)
        entry.sent = 0
        try:
            if self._method.prepare is not None:
                call.plan = await self._method.prepare(call)
            while call.plan is not _END:
                page = await self._page(call)
                if page.reply is not None:
                    await context.write(page.reply)
                    entry.sent += 1
                    self._telemetry.sent += 1
                call.plan = _END if page.next_plan is None else page.next_plan
                if page.until is not None:
                    call.plan = await page.until()
                    # A stream that waits may stay open for long: its caller may have lost access.
                    await self._admission.check_again(call, metadata)
        finally:
            call.over()

    async def _page(self, call: Call[Message]) -> Page:
        def body(tx: Tx) -> Awaitable[Page]:
            call.began(tx)
            return self._method.body(call)

        run = functools.partial(self._store.run, write=False)
        return await (run(body) if call.trace is None else spans.recorded(call.trace, body, run))


class ClientStreaming:
    """Serves a method with a request stream: its body runs outside transactions, on the Incoming messages."""

    def __init__(self, method: Method, runtime: Runtime, telemetry: MethodTelemetry) -> None:
        self._method = method
        self._admission = Admission(method, runtime, telemetry)
        self._rules = Rules(method, runtime)

    async def serve(self, context: Context, metadata: Metadata, entry: Entry, place: Place) -> Message:
        """Return the reply to a call, whose first message has its arguments."""
        call = await self._admission.admit(context, metadata, entry, place)
        rules = self._rules
        rules.asks_for_dry_run(metadata)
        rules.idempotent.claim(call, metadata)  # refuses an invalid key early

        async def following() -> Part | None:
            return cast("Part | None", await self._admission.next(context))

        async def earlier_reply(digest: bytes) -> Message | None:
            return await rules.idempotent.earlier(call, rules.idempotent.claim(call, metadata, digest))

        async def commit(work: Work, digest: bytes) -> Message:
            call.claim = rules.idempotent.claim(call, metadata, digest)
            return await rules.around(lambda _call: work())(call)

        call.plan = Incoming(cast("Part", call.request), following, earlier_reply, commit)
        reply: Message = await self._method.body(call)
        return reply


class Incoming(Generic[PartT]):
    """The messages of a request stream, including the first; each is valid and has the namespace of the first.

    The last message is marked: when a client disconnects, grpc.aio often ends the messages before it cancels the call,
    as if the stream were complete. Iterating raises what receiving a message raises, and ValidationFailed, also for an
    incomplete stream.
    """

    def __init__(
        self,
        first: PartT,
        following: Callable[[], Awaitable[PartT | None]],
        earlier_reply: Callable[[bytes], Awaitable[Message | None]],
        commit: Callable[[Work, bytes], Awaitable[Message]],
    ) -> None:
        self._first = first
        self._before: PartT | None = None  # the message before
        self._following = following
        self._earlier_answer = earlier_reply
        self._commit = commit

    def __aiter__(self) -> "Incoming[PartT]":
        return self

    async def __anext__(self) -> PartT:
        if self._before is None:
            self._before = self._first
            return self._first
        message = await self._following()
        if message is None:
            if not self._before.last:
                raise _refusal("last", "must be set in the last message; this call seems to have broken off")
            raise StopAsyncIteration
        if self._before.last:
            raise _refusal("last", "must be set in the last message only")
        if message.namespace_name != self._first.namespace_name:  # the first one was authorized
            raise _refusal("namespace_name", "must be that of the first message")
        self._before = message
        return message

    async def earlier_reply(self, digest: bytes) -> Message | None:
        """Return the stored reply for this idempotency key and digest, or None.

        Raises IdempotencyKeyReused or CallFenced.
        """
        return await self._earlier_answer(digest)

    async def commit(self, work: Work, digest: bytes) -> Message:
        """Run `work` in one final transaction, once per idempotency key; `digest` represents the streamed arguments."""
        return await self._commit(work, digest)


def _refusal(field: str, text: str) -> ValidationFailed:
    return ValidationFailed(violations=[Violation(field, text)])
