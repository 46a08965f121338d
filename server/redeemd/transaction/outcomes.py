"""The methods that GetOutcome supports, its authorization, and the scope under which the reply of a call is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from redeem.options.v1 import options_pb2
from redeem.transaction.v1 import requests_pb2 as pb

from redeemd.auth.authorize import require_namespace
from redeemd.auth.roles import require_role
from redeemd.contract import list_bounds, options, validation
from redeemd.contract.documented_json import located
from redeemd.contract.options import MethodRule
from redeemd.errors import RequestTooLarge, ValidationFailed, Violation
from redeemd.idempotency.idempotency import Idempotency
from redeemd.rpc.call import Call
from redeemd.rpc.ports import Authorize
from redeemd.transaction.errors import MethodNotFound

_COMPONENT = "outcome"


@dataclass(frozen=True, slots=True)
class Target:
    """A method that GetOutcome supports. `authorize` is set for a method with authorization rules of its own."""

    name: str  # package.Service/Method
    rule: MethodRule
    authorize: Authorize | None
    request_type: type[Message]
    reply_type: type[Message]
    request_bytes_max: int
    has_player: bool
    is_streamed_to: bool

    @classmethod
    def of(cls, service: ServiceDescriptor, method: MethodDescriptor, servicer: object) -> "Target":
        """Derive it from the contract and the method that implements it."""
        rule = MethodRule.of(method, options.policy(method))
        by_user_id = service.methods_by_name.get(f"{method.name}ByUserId")
        if rule.access == options_pb2.ACCESS_PLAYER and by_user_id is not None:
            rule = MethodRule.of(by_user_id, options.policy(by_user_id))
        authorize = getattr(getattr(servicer, method.name), "authorize", None)
        fields = method.input_type.fields_by_name
        return cls(
            f"{service.full_name}/{method.name}",
            rule,
            None if authorize is None else authorize.__get__(servicer),
            message_factory.GetMessageClass(method.input_type),
            message_factory.GetMessageClass(method.output_type),
            options.request_bytes_max(options.policy(method)),
            has_player="user_id" in fields or "access_token" in fields,
            is_streamed_to=method.client_streaming,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """The call a GetOutcome is about: its method, its scope, and the hash of its arguments if the request has them."""

    target: Target
    scope: bytes
    arguments: bytes | None


class Outcomes:
    """Determines which call a GetOutcome is about."""

    def __init__(self, idempotency: Idempotency, servicers: Mapping[ServiceDescriptor, object]) -> None:
        """`servicers` are those whose calls GetOutcome supports."""
        self._idempotency = idempotency
        self._targets = {
            (service.full_name, method.name): Target.of(service, method, servicer)
            for service, servicer in servicers.items()
            for method in service.methods
            if options.policy(method).idempotent
        }

    async def question(self, call: Call[pb.GetOutcomeRequest]) -> Question:
        """Return the call in question.

        Raises MethodNotFound, ValidationFailed, or the error with which authorization would refuse that call.
        """
        request = call.request
        target = self._targets.get((request.service, request.method))
        if target is None:
            raise MethodNotFound
        require_role(call.caller, target.rule)
        if target.authorize is None:
            require_namespace(call.caller, request.namespace_name or None)
        _check_fields(request, target)
        sent = _sent(request, target) if request.HasField("request") else None
        names, player = await _namespaces_and_player(call, target, sent)
        user_id, key = player or request.user_id, request.key
        if sent is None:
            scope = self._idempotency.scope(target.name, namespace_names=names, user_id=user_id, key=key)
            return Question(target, scope, None)
        claim = self._idempotency.claim(target.name, sent, namespace_names=names, user_id=user_id, key=key)
        return Question(target, claim.scope, claim.arguments)


async def _namespaces_and_player(
    call: Call[pb.GetOutcomeRequest], target: Target, sent: Message | None
) -> tuple[Sequence[str | None], str | None]:
    """Return the namespaces of the call in question, and its player if only its authorization step knows the player.

    Raises unless the caller is allowed to make that call.
    """
    if target.authorize is None or sent is None:
        return [call.request.namespace_name], None
    target_call = Call(sent, call.caller, call.now, call.server_now, target.name, target.reply_type)
    authorized = await target.authorize(target_call)
    return authorized.namespace_names, authorized.user_id


def _check_fields(request: pb.GetOutcomeRequest, target: Target) -> None:
    """Raise ValidationFailed for a scope that no call of the method can have: nothing would be found or fenced."""
    wrong = []
    for field, wanted in (("namespace_name", target.rule.namespace_field is not None), ("user_id", target.has_player)):
        if wanted and not getattr(request, field):
            wrong.append(Violation(field, "is required, because the method has one", "require"))
        elif not wanted and getattr(request, field):
            wrong.append(Violation(field, "must be absent, because the method has none"))
    if target.authorize is not None and not request.HasField("request"):
        wrong.append(Violation("request", "is required, because it determines the namespaces of the call", "require"))
    if target.is_streamed_to and request.HasField("request"):
        wrong.append(Violation("request", "must be absent, because the method takes a stream"))
    _refuse(wrong)


def _sent(request: pb.GetOutcomeRequest, target: Target) -> Message:
    """Unpack the request of the call in question.

    Raises what the call would: RequestTooLarge, RequestMalformed or ValidationFailed.
    """
    size = len(request.request.value)
    if size > target.request_bytes_max:
        raise RequestTooLarge(bytes=str(size), bytes_max=str(target.request_bytes_max))
    if size > options.REQUEST_BYTES_MAX:
        request.request.value = list_bounds.bounded(request.request.value, target.request_type)
    sent = target.request_type()
    try:
        fits = request.request.Unpack(sent)
    except DecodeError:
        fits = False
    if not fits:
        _refuse([Violation("request", f"must be a {target.request_type.DESCRIPTOR.full_name}")])
    _refuse(located(validation.violations(sent), "request"))
    for field, given in ((target.rule.namespace_field, request.namespace_name), ("user_id", request.user_id)):
        if given and getattr(sent, field or "", given) != given:
            _refuse([Violation(f"request.{field}", "must equal the one given for the call")])
    return sent


def _refuse(wrong: Sequence[Violation]) -> None:
    if wrong:
        raise ValidationFailed(violations=wrong, component=_COMPONENT)
