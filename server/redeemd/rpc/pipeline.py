"""The pipeline of a call between its arrival and its body: admission, then the rules around the body."""

import functools
from collections.abc import Awaitable

from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd import errors
from redeemd.base.methods import MethodTelemetry
from redeemd.contract import options, validation
from redeemd.errors import ReservationRequired, ServiceError, StaleNamespace, Violation
from redeemd.rpc import spans
from redeemd.rpc.call import NOBODY, Call, Caller, RolledBack
from redeemd.rpc.idempotent import IdempotentReplies
from redeemd.rpc.limiter import Place
from redeemd.rpc.method import Method
from redeemd.rpc.ports import Around, Context, Metadata, NamespaceLog, Next, applicable, compose
from redeemd.rpc.receiving import Receiver
from redeemd.rpc.request_log import Entry
from redeemd.rpc.runtime import Runtime
from redeemd.store.base import StoreError, TransactionRequired, Tx

_STALE_TRIES = 3


class Admission:
    """Admits calls of one method: identifies the caller, receives and validates the request."""

    def __init__(self, method: Method, runtime: Runtime, telemetry: MethodTelemetry) -> None:
        self._method = method
        self._runtime = runtime
        self._receiver = Receiver(
            method.request_type, runtime.limiter.lobby, telemetry, bytes_max=options.request_bytes_max(method.policy)
        )
        has_namespace = method.rule.namespace_field == "namespace_name"
        public = method.policy.access == options_pb2.ACCESS_PUBLIC  # without an identified caller
        logged = runtime.telemetry.logs_calls and has_namespace and not public
        self._log: NamespaceLog | None = method.namespace_log if logged else None
        self._knows_peers = runtime.access.knows_peers and method.rule.needs_key
        self._in_steps = validation.needs_steps(method.request_type)

    async def admit(self, context: Context, metadata: Metadata, entry: Entry, place: Place) -> Call[Message]:
        """Identify the caller, receive, authorize and validate the request, and decide whether to log it."""
        method = self._method
        caller = await self._identified(context, metadata, entry, place)
        request = await self._receiver.first(context, caller_known=caller is not None)
        if request is None:
            if not method.client_streaming:
                raise errors.RequestMalformed
            request = method.request_type()
        server_now = self._runtime.clock.now_ms()
        authorized = self._runtime.access.authorize(method.rule, caller, request, now=server_now)
        if caller is None:
            place.take(authorized)
        entry.caller = authorized
        if self._in_steps:
            await _validate_in_steps(request)
        else:
            validate(request)
        now = server_now + authorized.time_offset_ms
        call: Call[Message] = Call(request, authorized, now, server_now, method.name, method.reply_type)
        call.trace = entry.trace
        entry.call = call
        if method.authorize is not None:
            call.authorized = await method.authorize(call)
            call.plan = call.authorized.plan
        if self._log is not None:
            name: str = call.request.namespace_name  # type: ignore[attr-defined]  # as the method's rule says
            entry.logging_namespace_id = await self._log.find(name, now=server_now) or ""
        return call

    async def _identified(self, context: Context, metadata: Metadata, entry: Entry, place: Place) -> Caller | None:
        try:
            caller = await self._identify(context, metadata, place)
        except errors.ServiceError as refusal:
            if isinstance(refusal, errors.CredentialMissing):
                entry.stranger = refusal.metadata.get("peer")
            raise
        if caller is not None:
            entry.caller = caller
        return caller

    async def _identify(self, context: Context, metadata: Metadata, place: Place) -> Caller | None:
        """Return the caller that the metadata or the peer identifies; None if only the request identifies it."""
        rule, access, now = self._method.rule, self._runtime.access, self._runtime.clock.now_ms()
        caller = access.peer(rule, context) if self._by_peer(metadata) else None
        if caller is None:
            caller = access.known(rule, metadata, now=now)
        if caller is None and access.must_check(rule, metadata):
            place.take(NOBODY)
            caller = await access.check(rule, metadata, now=now)
        if caller is not None:
            place.take(caller)
        return caller

    def _by_peer(self, metadata: Metadata) -> bool:
        return self._knows_peers and "authorization" not in metadata

    async def check_again(self, call: Call[Message], metadata: Metadata) -> None:
        """Refuse an admitted call if its caller has lost access meanwhile; a peer does not, while it is connected."""
        if self._by_peer(metadata):
            return
        now = self._runtime.clock.now_ms()
        await self._runtime.access.caller(self._method.rule, call.request, metadata, now=now)

    async def next(self, context: Context) -> Message | None:
        """Return the next valid message of a client's stream; None after the last."""
        message = await self._receiver.next(context)
        if message is not None:
            await _validate_in_steps(message)
        return message


def validate(request: Message) -> None:
    """Raise ValidationFailed for a request that violates a rule of the contract."""
    violations = validation.violations(request)
    if violations:
        raise errors.ValidationFailed(violations=violations)


async def _validate_in_steps(request: Message) -> None:
    violations = await validation.violations_in_steps(request)
    if violations:
        raise errors.ValidationFailed(violations=violations)


class Rules:
    """The rules around the bodies of one method, and the transaction among them."""

    def __init__(self, method: Method, runtime: Runtime) -> None:
        self._method = method
        self._store = runtime.store
        self.idempotent = IdempotentReplies(method, runtime.idempotency, runtime.store, runtime.telemetry.repeated)
        facts = method.policy, method.handler, method.name
        self._around: tuple[Around, ...] = (
            *applicable(runtime.around_transactions, *facts),
            self._transact,
            *([_dry_run] if method.policy.dry_run or method.rolled_back else []),
            *([self.idempotent.around] if method.policy.idempotent else []),
            *applicable(runtime.around_bodies, *facts),
        )

    def around(self, body: Next) -> Next:
        """Return a body with all rules around it."""
        return compose(self._around, body)

    async def _transact(self, call: Call[Message], inner: Next) -> Message:
        """Run the rest in one transaction. See Around."""

        def body(tx: Tx) -> Awaitable[Message]:
            call.began(tx)
            return inner(call)

        writes = self._method.policy.writes
        simple = self._method.one_statement and not call.dry_run and not call.in_transaction
        run = functools.partial(
            self._store.run,
            write=writes,
            autocommit=simple and call.claim is None,
            grouped=simple and call.claim is not None,
            queue=call.queue,
        )
        try:
            reply = await (run(body) if call.trace is None else spans.recorded(call.trace, body, run))
        except RolledBack as outcome:
            return outcome.reply
        call.committed()
        return reply

    def asks_for_dry_run(self, metadata: Metadata) -> bool:
        """Return whether a dry run is requested; refuse if the method offers none, because it would be committed."""
        if "x-dry-run" not in metadata or metadata["x-dry-run"] == "false":
            return False
        offered = self._method.policy.dry_run
        if metadata["x-dry-run"] != "true" or not offered:
            text = "true or false" if offered else "is not offered by this method"
            raise errors.ValidationFailed(violations=[Violation("x-dry-run", text)])
        return True


def _dry_run(call: Call[Message], inner: Next) -> Awaitable[Message]:
    """Roll back a dry run and respond. See Around."""
    return _roll_back(call, inner) if call.dry_run else inner(call)


async def _roll_back(call: Call[Message], inner: Next) -> Message:
    raise RolledBack(await inner(call))


class Unary:
    """Serves a method of one request and one reply."""

    def __init__(self, method: Method, runtime: Runtime, telemetry: MethodTelemetry) -> None:
        self._method = method
        self._admission = Admission(method, runtime, telemetry)
        self._execution = Execution(method, runtime)

    async def serve(self, context: Context, metadata: Metadata, entry: Entry, place: Place) -> Message:
        """Return the reply to a call."""
        call = await self._admission.admit(context, metadata, entry, place)
        if self._method.without_store:
            reply: Message = await self._method.body(call)
            return reply
        rules = self._execution.rules
        call.claim = rules.idempotent.claim(call, metadata)
        call.dry_run = rules.asks_for_dry_run(metadata) or self._method.rolled_back
        if call.dry_run:
            call.claim = None
        return await self._execution.reply(call)


class Execution:
    """Executes admitted calls of one method, with the rules around its body."""

    def __init__(self, method: Method, runtime: Runtime) -> None:
        self._method = method
        self.rules = Rules(method, runtime)
        self._run = self.rules.around(method.body)

    async def reply(self, call: Call[Message]) -> Message:
        """Return the reply to a call."""
        try:
            reply = await self._until_done(call)
        except Exception as error:  # a cancelled call gets no reservation back
            await call.settle(failed=isinstance(error, StoreError))
            raise
        if call.reserved:
            await call.settle()
        return reply

    async def _until_done(self, call: Call[Message]) -> Message:
        """Prepare and run, again if the namespace was replaced or a reservation is required first."""
        stale = 0
        while True:
            try:
                earlier = None if self._method.prepare is None else await self._prepare(call)
                return await self._run(call) if earlier is None else earlier
            except ReservationRequired as missing:
                await missing.reserve()
            except TransactionRequired:
                call.in_transaction = True
            except StaleNamespace:
                self._method.forget_namespace(getattr(call.request, "namespace_name", ""))
                stale += 1
                if stale == _STALE_TRIES:
                    raise errors.NamespaceNotFound from None

    async def _prepare(self, call: Call[Message]) -> Message | None:
        """Prepare the plan of the body, or return the reply stored under the key of the call."""
        assert self._method.prepare is not None
        try:
            call.plan = await self._method.prepare(call)
        except ServiceError:
            # The first call with this key may be the cause: it may have used up an upload, for example.
            earlier = await self.rules.idempotent.earlier(call, call.claim)
            if earlier is None:
                raise
            return earlier
        return None
