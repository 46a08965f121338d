"""Wraps each method once, at start-up: what every call goes through, in order.

load shedding -> who calls -> is the request valid -> prepare -> one transaction (idempotency key, body) -> answer or
refusal -> metrics and log. No interceptors: grpc.aio would run them anew for every call.
"""

import asyncio
import itertools
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from grpc_status import rpc_status

from redeemd import contract, errors
from redeemd.auth.authorize import Authorizer, MethodRule
from redeemd.clock import Clock
from redeemd.errors import ServiceError, StaleNamespace, Violation
from redeemd.rpc import validate
from redeemd.rpc.call import Call
from redeemd.rpc.server import Handlers
from redeemd.store import base
from redeemd.store.base import Store, Tx
from redeemd.telemetry import MethodTelemetry, Telemetry
from redeemd.transaction.idempotency import KEY_LENGTH_MAX, Claim, Idempotency

Metadata = Mapping[str, Any]
Plan = Any  # what a method's prepare hands to its body
Body = Callable[[Call[Any], Plan], Awaitable[Message]]
Prepare = Callable[[Call[Any]], Awaitable[Plan]]

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
_STALE_TRIES = 3

# Request ids that clients did not choose: drawn once for the process, then counted.
_PROCESS = secrets.token_hex(6)
_numbers = itertools.count(1)

_STORE_REFUSALS: dict[type[base.StoreError], type[ServiceError]] = {
    base.NotCommitted: errors.NotCommitted,
    base.OutcomeUnknown: errors.OutcomeUnknown,
    base.Unavailable: errors.StoreUnavailable,
    base.Conflict: errors.Conflict,
}


def prepared(prepare: Callable[..., Awaitable[Plan]]) -> Callable[[Any], Any]:
    """Give a method a first part, which runs outside any transaction and may read, decode, parse and fetch.

    The method is then called as method(call, plan) instead of method(call).
    """

    def mark(method: Any) -> Any:
        method.prepare = prepare
        return method

    return mark


def without_store(method: Any) -> Any:
    """Mark a method that needs no transaction: it is called with a Call and works while the store does not."""
    method.without_store = True
    return method


@dataclass(frozen=True, slots=True)
class Runtime:
    """What all methods share."""

    store: Store
    authorizer: Authorizer
    idempotency: Idempotency
    clock: Clock
    telemetry: Telemetry
    limiter: "Limiter"


class Limiter:
    """Refuses calls beyond a number under way: a queue without bound only makes everybody late."""

    def __init__(self, calls_max: int) -> None:
        self._calls_max = calls_max
        self.calls = 0

    def enter(self) -> None:
        """Count a call in. Raises Overloaded."""
        if self.calls >= self._calls_max:
            raise errors.Overloaded
        self.calls += 1

    def leave(self) -> None:
        """Count a call out."""
        self.calls -= 1


class Malformed:
    """Stands for a request whose bytes are no message: grpc would answer INTERNAL by itself."""


class Method:
    """One bound method."""

    def __init__(self, descriptor: MethodDescriptor, servicer: object, runtime: Runtime) -> None:
        """Raises TypeError for a method without a policy or an implementation."""
        self.name = f"{descriptor.containing_service.full_name}/{descriptor.name}"
        self.policy = contract.policy(descriptor)
        self.runtime = runtime
        self.request_type = message_factory.GetMessageClass(descriptor.input_type)
        self.reply_type = message_factory.GetMessageClass(descriptor.output_type)
        handler: Any = getattr(servicer, descriptor.name, None)
        if handler is None:
            raise TypeError(f"{self.name} is not implemented")
        prepare = getattr(handler, "prepare", None)
        self._prepare: Prepare | None = None if prepare is None else prepare.__get__(servicer)
        self._body: Body = handler if prepare is not None else lambda call, _plan: handler(call)
        self._forget_namespace = getattr(servicer, "forget_namespace", lambda _name: None)
        self._without_store = getattr(handler, "without_store", False)
        self._rule = MethodRule.of(descriptor, self.policy)
        self._telemetry: MethodTelemetry = runtime.telemetry.method(descriptor)

    def parse(self, data: bytes) -> Message | Malformed:
        """Read a request."""
        try:
            return self.request_type.FromString(data)
        except DecodeError:
            return Malformed()

    async def serve(self, request: Message | Malformed, context: Any) -> Message:
        """Serve one call."""
        metadata: Metadata = dict(context.invocation_metadata())
        request_id = _request_id(metadata)
        began = self._telemetry.started()
        try:
            self.runtime.limiter.enter()
            try:
                reply = await self._answer(request, metadata)
            finally:
                self.runtime.limiter.leave()
        except ServiceError as refusal:
            error = refusal
        except base.StoreError as refusal:
            error = _store_refusal(refusal)
        except asyncio.CancelledError:
            self._telemetry.finished(began, request_id, grpc.StatusCode.CANCELLED)
            raise
        except Exception as defect:  # noqa: BLE001 -- whatever it is, the caller hears INTERNAL and nothing of the inside
            self.runtime.telemetry.defect(defect, request_id)
            error = errors.Internal()
        else:
            self._telemetry.finished(began, request_id, grpc.StatusCode.OK)
            return reply
        self._telemetry.finished(began, request_id, error.status, error.reason)
        await context.abort_with_status(rpc_status.to_status(error.to_status(request_id)))
        raise AssertionError("abort_with_status raises")

    async def _answer(self, request: Message | Malformed, metadata: Metadata) -> Message:
        if isinstance(request, Malformed):
            raise errors.RequestMalformed
        server_now = self.runtime.clock.now_ms()
        caller = await self.runtime.authorizer.caller(self._rule, request, metadata, now=server_now)
        violations = validate.violations(request)
        if violations:
            raise errors.ValidationFailed(violations=violations, component=self.policy.component)
        now = server_now + caller.time_offset_ms
        call: Call[Any] = Call(request, caller, now, server_now, self.name, self.reply_type)
        if self._without_store:
            return await self._body(call, None)
        claim = self._claim(call, metadata)
        dry_run = self._dry_run(metadata)
        for tries_left in reversed(range(_STALE_TRIES)):
            try:
                return await self._transact(call, claim, dry_run=dry_run)
            except StaleNamespace:
                self._forget_namespace(call.request.namespace_name)
                if not tries_left:
                    raise errors.NamespaceNotFound from None
        raise AssertionError("unreachable")

    async def _transact(self, call: Call[Any], claim: Claim | None, *, dry_run: bool) -> Message:
        plan = await self._prepare(call) if self._prepare is not None else None

        async def body(tx: Tx) -> Message:
            call.began(tx)
            if dry_run:
                raise _DryRun(await self._body(call, plan))
            if claim is None:
                return await self._body(call, plan)
            return await self.runtime.idempotency.once(
                tx, claim, call.reply_type, lambda: self._body(call, plan), now=call.server_now
            )

        try:
            reply = await self.runtime.store.run(body, write=self.policy.writes)
        except _DryRun as outcome:
            return outcome.reply
        call.committed()
        return reply

    def _claim(self, call: Call[Any], metadata: Metadata) -> Claim | None:
        """Read the idempotency key. Verifying methods accept one and ignore it (semantics 12.30)."""
        if not self.policy.idempotent:
            return None
        key = getattr(call.request, "duplication_avoider", "") or metadata.get("idempotency-key", "")
        if not key:
            return None
        if len(key) > KEY_LENGTH_MAX:
            text = f"must be at most {KEY_LENGTH_MAX} characters"
            raise errors.ValidationFailed(violations=[Violation("idempotency-key", text, "tooLong")])
        user_id = call.caller.user_id or getattr(call.request, "user_id", None)
        return self.runtime.idempotency.claim(self.name, call.request, user_id=user_id, key=key)

    def _dry_run(self, metadata: Metadata) -> bool:
        """Answer whether the call is to be rolled back; refuse where that is not offered, for it would be committed."""
        if "x-dry-run" not in metadata or metadata["x-dry-run"] == "false":
            return False
        if metadata["x-dry-run"] != "true" or not self.policy.dry_run:
            text = "true or false" if self.policy.dry_run else "is not offered by this method"
            raise errors.ValidationFailed(violations=[Violation("x-dry-run", text)])
        return True


class _DryRun(Exception):
    """Rolls a transaction back and carries its answer out."""

    def __init__(self, reply: Message) -> None:
        self.reply = reply


def bind(service: ServiceDescriptor, servicer: object, runtime: Runtime) -> Handlers:
    """Answer the handlers of a service by full method path. Raises TypeError for a method that cannot be bound."""
    return {
        f"/{service.full_name}/{method.name}": _handler(Method(method, servicer, runtime)) for method in service.methods
    }


def _handler(method: Method) -> "grpc.RpcMethodHandler[Any, Any]":
    return grpc.unary_unary_rpc_method_handler(
        method.serve,
        request_deserializer=method.parse,
        response_serializer=method.reply_type.SerializeToString,
    )


def _store_refusal(error: base.StoreError) -> ServiceError:
    for kind, refusal in _STORE_REFUSALS.items():
        if isinstance(error, kind):
            return refusal()
    return errors.StoreUnavailable()


def _request_id(metadata: Metadata) -> str:
    given = metadata.get("x-request-id")
    if isinstance(given, str) and _REQUEST_ID.match(given):
        return given
    return f"{_PROCESS}-{next(_numbers):x}"
