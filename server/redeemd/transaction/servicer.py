"""The Transaction service; methods in the order of the proto."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf import any_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from redeem.options.v1 import options_pb2
from redeem.transaction.v1 import requests_pb2 as pb

from redeemd import contract
from redeemd.auth.authorize import MethodRule, require_role
from redeemd.errors import ValidationFailed, Violation
from redeemd.rpc.bind import prepared
from redeemd.rpc.call import Call
from redeemd.transaction.errors import MethodNotFound
from redeemd.transaction.idempotency import Idempotency


@dataclass(frozen=True, slots=True)
class _Target:
    """A method that can be asked about."""

    name: str  # package.Service/Method
    rule: MethodRule
    has_namespace: bool
    has_player: bool
    answer: str  # the full name of its response message


class TransactionServicer:
    """See TransactionService in the proto."""

    def __init__(self, idempotency: Idempotency, services: Iterable[ServiceDescriptor]) -> None:
        """`services` are those whose calls can be asked about."""
        self._idempotency = idempotency
        self._targets = {
            (service.full_name, method.name): _target(service, method)
            for service in services
            for method in service.methods
            if contract.policy(method).idempotent
        }

    async def _target(self, call: Call[Any]) -> _Target:
        target = self._targets.get((call.request.service, call.request.method))
        if target is None:
            raise MethodNotFound
        require_role(call.caller, target.rule)
        _check_scope(call.request, target)
        return target

    @prepared(_target)
    async def GetOutcome(self, call: Call[pb.GetOutcomeRequest], target: _Target) -> Message:
        """See the proto."""
        request = call.request
        scope = self._idempotency.scope(
            target.name, namespace=request.namespace_name, user_id=request.user_id, key=request.key
        )
        settle = self._idempotency.fence if request.fence else self._idempotency.outcome
        outcome = await settle(call.tx, scope, now=call.server_now)
        if outcome.fenced:
            return call.reply(outcome=pb.OUTCOME_FENCED)
        if outcome.answer is None:
            return call.reply(outcome=pb.OUTCOME_NOT_FOUND)
        answer = any_pb2.Any(type_url=f"type.googleapis.com/{target.answer}", value=outcome.answer)
        return call.reply(outcome=pb.OUTCOME_SUCCEEDED, answer=answer)


def _check_scope(request: pb.GetOutcomeRequest, target: _Target) -> None:
    """Raise ValidationFailed for a scope that no call of the method has: nothing would be found or fenced there."""
    wrong = []
    for field, wanted in (("namespace_name", target.has_namespace), ("user_id", target.has_player)):
        if wanted and not getattr(request, field):
            wrong.append(Violation(field, "is required, for the method has one", "require"))
        elif not wanted and getattr(request, field):
            wrong.append(Violation(field, "must be absent, for the method has none"))
    if wrong:
        raise ValidationFailed(violations=wrong, component="outcome")


def _target(service: ServiceDescriptor, method: MethodDescriptor) -> _Target:
    rule = MethodRule.of(method, contract.policy(method))
    by_user_id = service.methods_by_name.get(f"{method.name}ByUserId")
    if rule.access == options_pb2.ACCESS_PLAYER and by_user_id is not None:
        rule = MethodRule.of(by_user_id, contract.policy(by_user_id))
    fields = method.input_type.fields_by_name
    return _Target(
        f"{service.full_name}/{method.name}",
        rule,
        has_namespace="namespace_name" in fields,
        has_player="user_id" in fields or "access_token" in fields,
        answer=method.output_type.full_name,
    )
