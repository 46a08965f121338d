"""Wraps each method once, at start-up: what every call goes through, in order.

load shedding -> who calls -> receive and parse the request -> is it valid -> what to log -> prepare -> one
transaction (idempotency key, body) -> settle what was reserved -> reply or refusal -> metrics and log. No interceptors:
grpc.aio would run them anew for every call.

grpc.aio receives and parses the message of a unary method before it calls the handler. Here the caller comes first, so
every method is registered as one whose requests are streamed, which is the same on the wire.

A method that streams its answer has a body that is run once for each page, each time in a transaction of its own: it
answers a Page. A method that is streamed to works outside transactions, on an Incoming (rpc/incoming.py).
"""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from grpc_status import rpc_status
from redeem.options.v1 import options_pb2

from redeemd import contract, errors
from redeemd.contract import MethodRule
from redeemd.errors import ServiceError, StaleNamespace, Unreserved, Violation
from redeemd.event.telling import Work
from redeemd.handlers.sagas import Executed
from redeemd.idempotency.idempotency import KEY_LENGTH_MAX, Claim
from redeemd.rpc import validate
from redeemd.rpc.call import NOBODY, Authorized, Call, Caller, TakenBack
from redeemd.rpc.incoming import Incoming
from redeemd.rpc.limiter import Place
from redeemd.rpc.namespaces import LogSettings
from redeemd.rpc.receiving import Receiver
from redeemd.rpc.request_log import Entry
from redeemd.rpc.runtime import Metadata, Runtime, request_id, store_refusal
from redeemd.rpc.server import Handlers
from redeemd.store import base
from redeemd.store.base import Tx
from redeemd.telemetry import MethodTelemetry
from redeemd.transaction.foreign import HandlersWanted, require_executed

Serve = Callable[[Any, Metadata, Entry, Place], Awaitable[Any]]
Plan = Any  # what a method's prepare hands to its body
Body = Callable[[Call[Any], Plan], Awaitable[Message]]
Prepare = Callable[[Call[Any]], Awaitable[Plan]]
Authorize = Callable[[Call[Any]], Awaitable[Authorized]]

_STALE_TRIES = 3

# A call that ends so close to its deadline was ended by it: the client's clock runs out first, and its cancellation is
# faster than our own timer. Clients round deadlines up when they send them.
_DEADLINE_SLACK_SECONDS = 0.05
_DEADLINE_ROUNDING = 0.02
_END: Plan = object()  # of a stream


def prepared(
    prepare: Callable[..., Awaitable[Plan]], *, inside: Callable[..., Awaitable[Plan]] | None = None
) -> Callable[[Any], Any]:
    """Give a method a first part, which runs outside any transaction and may read, decode, parse and fetch.

    The method is then called as method(call, plan) instead of method(call). `inside` is the first part of a method that
    is also an action: it answers the same inside a transaction that is under way.
    """

    def mark(method: Any) -> Any:
        method.prepare = prepare
        method.prepare_inside = inside
        return method

    return mark


def authorized(
    authorize: Callable[..., Awaitable[Authorized]], *, inside: Callable[..., Awaitable[Plan]] | None = None
) -> Callable[[Any], Any]:
    """Give a method with policy.decides_namespaces the step that decides whether its caller may make the call.

    It runs once the request is valid, outside any transaction and before a stored answer is looked up, so that nothing
    replaces its refusal. The method is then called as method(call, plan), with the plan of what the step returns.
    `inside` returns the plan of a method that is also an action, inside a transaction that is under way.
    """

    def mark(method: Any) -> Any:
        method.authorize = authorize
        method.prepare_inside = inside
        return method

    return mark


def without_store(method: Any) -> Any:
    """Mark a method that needs no transaction: it is called with a Call and works while the store does not."""
    method.without_store = True
    return method


def one_statement(method: Any) -> Any:
    """Mark a method whose body is good without a transaction around it: see the autocommit of Store.run."""
    method.one_statement = True
    return method


def rolled_back(method: Any) -> Any:
    """Mark a method that only finds out what would happen: its transaction is always taken back."""
    method.rolled_back = True
    return method


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a streamed answer, if there is one, and what the body is given for the next one; None at the end.

    With `until`, that is waited for first, and answers what the body is given instead.
    """

    reply: Message | None
    next_plan: Plan | None
    until: Callable[[], Awaitable[Plan]] | None = None


class Method:
    """One bound method."""

    def __init__(self, descriptor: MethodDescriptor, servicer: object, runtime: Runtime) -> None:
        """Raises TypeError for a method without a policy, an implementation, or the authorization that it needs."""
        self.name = f"{descriptor.containing_service.full_name}/{descriptor.name}"
        self.policy = contract.policy(descriptor)
        self.runtime = runtime
        request_type = message_factory.GetMessageClass(descriptor.input_type)
        self.reply_type = message_factory.GetMessageClass(descriptor.output_type)
        handler: Any = getattr(servicer, descriptor.name, None)
        if handler is None:
            raise TypeError(f"{self.name} is not implemented")
        prepare = getattr(handler, "prepare", None)
        self._prepare: Prepare | None = None if prepare is None else prepare.__get__(servicer)
        authorize = getattr(handler, "authorize", None)
        self._authorize: Authorize | None = None if authorize is None else authorize.__get__(servicer)
        if self.policy.idempotent and self.policy.decides_namespaces and authorize is None:
            raise TypeError(f"{self.name} keeps answers and does not say who may have them")
        self._streams = (descriptor.client_streaming, descriptor.server_streaming)
        takes_plan = prepare is not None or authorize is not None or descriptor.client_streaming
        self._body: Body = handler if takes_plan else lambda call, _plan: handler(call)
        self._forget_namespace = getattr(servicer, "forget_namespace", lambda _name: None)
        self._without_store = getattr(handler, "without_store", False)
        self._rolled_back = getattr(handler, "rolled_back", False)
        self._one_statement = getattr(handler, "one_statement", False)
        self._teller = runtime.events.teller(self.policy, handler, self.name)
        self._rule = MethodRule.of(descriptor, self.policy)
        self._receiver = Receiver(
            request_type,
            runtime.limiter.lobby,
            bytes_max=contract.request_bytes_max(self.policy),
        )
        self._telemetry: MethodTelemetry = runtime.telemetry.method(descriptor)
        has_namespace = self._rule.namespace_field == "namespace_name"
        public = self.policy.access == options_pb2.ACCESS_PUBLIC  # nobody in particular calls
        logged = runtime.telemetry.logs and has_namespace and not public
        self._log_settings: LogSettings | None = getattr(servicer, "log_settings", None) if logged else None

    def handler(self) -> "grpc.RpcMethodHandler[Any, Any]":
        """Return what grpc calls."""
        kinds: dict[tuple[bool, bool], tuple[Any, Serve]] = {
            (False, False): (grpc.stream_unary_rpc_method_handler, self._answer),
            (False, True): (grpc.stream_stream_rpc_method_handler, self._answer_in_pages),
            (True, False): (grpc.stream_unary_rpc_method_handler, self._take_in),
        }
        make, work = kinds[self._streams]

        handler: grpc.RpcMethodHandler[Any, Any] = make(
            functools.partial(self._serve, work), response_serializer=self.reply_type.SerializeToString
        )
        return handler

    async def _serve(self, work: Serve, _requests: object, context: Any) -> Any:
        """Serve one call."""
        metadata: Metadata = dict(context.invocation_metadata())
        entry = Entry(request_id(metadata), self._telemetry.started())
        place = Place(self.runtime.limiter)
        try:
            try:
                reply = await work(context, metadata, entry, place)
            finally:
                place.leave()
        except asyncio.CancelledError:
            self._finished(entry, _why_cancelled(context, entry))
            raise
        except Exception as raised:  # noqa: BLE001 -- whatever it is, the caller hears INTERNAL and nothing of the inside
            error = self._refusal(raised, entry)
            errors.let_go(raised)
        else:
            self._finished(entry, grpc.StatusCode.OK, reply=reply)
            return reply
        self._finished(entry, error.status, error.reason)
        try:
            await context.abort_with_status(rpc_status.to_status(error.to_status(entry.request_id)))
        except grpc.aio.AbortError as aborted:
            # The context has it: this frame, which it came through, must not have the context (see errors.let_go).
            del context, _requests
            raise aborted.with_traceback(None) from None
        raise AssertionError("abort_with_status raises")

    def _refusal(self, raised: Exception, entry: Entry) -> ServiceError:
        """Answer how a call is refused for what it raised."""
        if isinstance(raised, errors.ValidationFailed):
            raised.metadata.setdefault("component", self.policy.component)
        if isinstance(raised, ServiceError):
            return raised
        if isinstance(raised, base.StoreError):
            return store_refusal(raised)
        self.runtime.telemetry.defect(raised, entry.request_id)
        return errors.Internal()

    def _finished(
        self, entry: Entry, status: grpc.StatusCode, reason: str | None = None, reply: Message | None = None
    ) -> None:
        """Count the call and log it."""
        addition = ""
        if entry.call is not None:
            try:
                addition = entry.text(reply)
            except Exception as defect:  # noqa: BLE001 -- the call is decided; its ordinary line is written in any case
                self.runtime.telemetry.defect(defect, entry.request_id)
        self._telemetry.finished(entry.began, entry.request_id, status, reason, addition)

    async def _admit(self, context: Any, metadata: Metadata, entry: Entry, place: Place) -> Call[Any]:
        """Find out who calls, receive the request, decide whether it is allowed and valid; then, what to log of it."""
        caller = await self._identify(metadata, place)
        request = await self._receiver.first(context, caller_known=caller is not None)
        if request is None:
            if not self._streams[0]:
                raise errors.RequestMalformed
            request = self._receiver.request_type()
        server_now = self.runtime.clock.now_ms()
        authorized = self.runtime.authorizer.authorize(self._rule, caller, request, now=server_now)
        if caller is None:
            place.take(authorized)
        self._validate(request)
        now = server_now + authorized.time_offset_ms
        call: Call[Any] = Call(request, authorized, now, server_now, self.name, self.reply_type)
        if self._authorize is not None:
            call.authorized = await self._authorize(call)
        if self._log_settings is not None:
            logged_as = await self._log_settings.find(call.request.namespace_name, now=server_now)
            if logged_as is not None:
                entry.call, entry.logging_namespace_id = call, logged_as
        return call

    async def _identify(self, metadata: Metadata, place: Place) -> Caller | None:
        """Return who calls by the metadata; None where only the request can say it."""
        authorizer, now = self.runtime.authorizer, self.runtime.clock.now_ms()
        caller = authorizer.known(self._rule, metadata, now=now)
        if caller is None and self._rule.needs_key:
            place.take(NOBODY)
            caller = await authorizer.check(self._rule, metadata, now=now)
        if caller is not None:
            place.take(caller)
        return caller

    def _validate(self, request: Message) -> None:
        violations = validate.violations(request)
        if violations:
            raise errors.ValidationFailed(violations=violations)

    async def _answer(self, context: Any, metadata: Metadata, entry: Entry, place: Place) -> Message:
        call = await self._admit(context, metadata, entry, place)
        if self._without_store:
            return await self._body(call, None)
        claim = self._claim(call, metadata)
        dry_run = self._dry_run(metadata) or self._rolled_back
        try:
            reply = await self._until_done(call, claim, dry_run=dry_run)
        except Exception as error:  # who leaves early is given nothing back
            await call.settle(failed=isinstance(error, base.StoreError))
            raise
        if call.reserved:
            await call.settle()
        return reply

    async def _until_done(self, call: Call[Any], claim: Claim | None, *, dry_run: bool) -> Message:
        """Run the transaction; anew when the namespace was another one, or something has to be reserved before."""
        stale = 0
        while True:
            try:
                return await self._transact(call, claim, dry_run=dry_run)
            except Unreserved as missing:
                await missing.reserve()
            except StaleNamespace:
                self._forget_namespace(getattr(call.request, "namespace_name", ""))
                stale += 1
                if stale == _STALE_TRIES:
                    raise errors.NamespaceNotFound from None

    async def _transact(self, call: Call[Any], claim: Claim | None, *, dry_run: bool) -> Message:
        try:
            plan = await self._plan(call)
        except ServiceError:
            # Perhaps because of what the first call with this key did: it used up an upload, say.
            earlier = None if claim is None or dry_run else await self._earlier_answer(call, claim)
            if earlier is None:
                raise
            return earlier
        call.executed, call.dry_run = None, dry_run
        try:
            return await self._commit(call, claim, plan, lambda: self._work(call, plan), dry_run=dry_run)
        except HandlersWanted as wanted:
            return await self._with_handlers(call, claim, plan, wanted)

    async def _plan(self, call: Call[Any]) -> Plan:
        """Return what the body is given besides the call."""
        if self._prepare is not None:
            return await self._prepare(call)
        return None if call.authorized is None else call.authorized.plan

    async def _work(self, call: Call[Any], plan: Plan) -> Message:
        """Run the body. Raises HandlersWanted where handlers have to do something before it can happen."""
        reply = await self._body(call, plan)
        require_executed(call)
        return reply

    async def _with_handlers(self, call: Call[Any], claim: Claim | None, plan: Plan, wanted: HandlersWanted) -> Message:
        """Have handlers execute what the body came to, then run it for good."""

        async def for_good(executed: Executed) -> Message:
            async def work() -> Message:
                await executed.end(call.tx)
                reply = await self._work(call, plan)
                executed.ended = True
                return reply

            call.executed = executed
            return await self._commit(call, claim, plan, work)

        async def earlier_answer(tx: Tx) -> Message | None:
            return None if claim is None else await self._earlier_answer_in(tx, call, claim)

        return await self.runtime.sagas.run(
            wanted,
            scope=None if claim is None else claim.scope,
            earlier_answer=earlier_answer,
            for_good=for_good,
        )

    async def _commit(
        self, call: Call[Any], claim: Claim | None, plan: Plan, body_of_method: Work, *, dry_run: bool = False
    ) -> Message:
        """Do the work in one transaction and tell of it, or answer what it answered under the same key before."""
        teller = self._teller

        async def work() -> Message:
            reply = await (body_of_method() if teller is None else teller.around(call, plan, body_of_method))
            if call.told:
                await self.runtime.events.write(call.tx, call.told)
            return reply

        async def body(tx: Tx) -> Message:
            call.began(tx)
            if dry_run:
                raise TakenBack(await work())
            if claim is None:
                return await work()
            return await self.runtime.idempotency.once(tx, claim, call.reply_type, work, now=call.server_now)

        try:
            alone = self._one_statement and claim is None and not dry_run
            reply = await self.runtime.store.run(body, write=self.policy.writes, autocommit=alone, queue=call.queue)
        except TakenBack as outcome:
            return outcome.reply
        call.committed()
        if self.policy.writes:
            self.runtime.events.wake()
        return reply

    async def _earlier_answer(self, call: Call[Any], claim: Claim) -> Message | None:
        return await self.runtime.store.run(lambda tx: self._earlier_answer_in(tx, call, claim), write=False)

    async def _earlier_answer_in(self, tx: Tx, call: Call[Any], claim: Claim) -> Message | None:
        return await self.runtime.idempotency.earlier_answer(tx, claim, call.reply_type, now=call.server_now)

    async def _answer_in_pages(self, context: Any, metadata: Metadata, entry: Entry, place: Place) -> None:
        """Stream an answer. The credential is checked once; the client's reading sets the pace."""
        call = await self._admit(context, metadata, entry, place)
        entry.sent = 0
        try:
            plan = await self._plan(call)
            while plan is not _END:
                page = await self._page(call, plan)
                if page.reply is not None:
                    await context.write(page.reply)
                    entry.sent += 1
                plan = _END if page.next_plan is None else page.next_plan
                if page.until is not None:
                    plan = await page.until()
                    # A stream that waits may last for long: whoever lost the right to it, loses it.
                    now = self.runtime.clock.now_ms()
                    await self.runtime.authorizer.caller(self._rule, call.request, metadata, now=now)
        finally:
            call.over()

    async def _page(self, call: Call[Any], plan: Plan) -> Page:
        async def body(tx: Tx) -> Page:
            call.began(tx)
            page: Any = await self._body(call, plan)
            return page  # type: ignore[no-any-return]

        return await self.runtime.store.run(body, write=False)

    async def _take_in(self, context: Any, metadata: Metadata, entry: Entry, place: Place) -> Message:
        """Serve a method that is streamed to. Its first message says about what."""
        call = await self._admit(context, metadata, entry, place)
        self._dry_run(metadata)
        self._claim(call, metadata)  # so that a bad key is refused before much has come

        async def following() -> Message | None:
            message = await self._receiver.next(context)
            if message is not None:
                self._validate(message)
            return message

        async def earlier_answer(digest: bytes) -> Message | None:
            claim = self._claim(call, metadata, digest)
            return None if claim is None else await self._earlier_answer(call, claim)

        async def commit(work: Callable[[], Awaitable[Message]], digest: bytes) -> Message:
            return await self._commit(call, self._claim(call, metadata, digest), None, work)

        return await self._body(call, Incoming(call.request, following, earlier_answer, commit))

    def _claim(self, call: Call[Any], metadata: Metadata, digest: bytes = b"") -> Claim | None:
        """Read the idempotency key. Verifying methods accept one and ignore it (semantics 12.30).

        `digest` stands for arguments that are not in the request: what else was streamed.
        """
        if not self.policy.idempotent:
            return None
        key = getattr(call.request, "duplication_avoider", "") or metadata.get("idempotency-key", "")
        if not key:
            return None
        if len(key) > KEY_LENGTH_MAX:
            text = f"must be at most {KEY_LENGTH_MAX} characters"
            raise errors.ValidationFailed(violations=[Violation("idempotency-key", text, "tooLong")])
        user_id = call.caller.user_id or getattr(call.request, "user_id", None)
        names = call.authorized.namespace_names if call.authorized is not None else self._rule.named(call.request)
        return self.runtime.idempotency.claim(
            self.name, call.request, namespace_names=names, user_id=user_id, key=key, digest=digest
        )

    def _dry_run(self, metadata: Metadata) -> bool:
        """Answer whether the call is to be rolled back; refuse where that is not offered, for it would be committed."""
        if "x-dry-run" not in metadata or metadata["x-dry-run"] == "false":
            return False
        if metadata["x-dry-run"] != "true" or not self.policy.dry_run:
            text = "true or false" if self.policy.dry_run else "is not offered by this method"
            raise errors.ValidationFailed(violations=[Violation("x-dry-run", text)])
        return True


def _why_cancelled(context: Any, entry: Entry) -> grpc.StatusCode:
    """Return what a call that was cancelled is counted as: its deadline passed, or its client left."""
    remaining = context.time_remaining()
    elapsed = time.perf_counter() - entry.began
    if remaining is not None and remaining <= _DEADLINE_SLACK_SECONDS + _DEADLINE_ROUNDING * elapsed:
        return grpc.StatusCode.DEADLINE_EXCEEDED
    return grpc.StatusCode.CANCELLED


def bind(service: ServiceDescriptor, servicer: object, runtime: Runtime) -> Handlers:
    """Answer the handlers of a service by full method path. Raises TypeError for a method that cannot be bound."""
    return {
        f"/{service.full_name}/{method.name}": Method(method, servicer, runtime).handler() for method in service.methods
    }
