"""Actions that this server executes: RPCs under other names, each with the RPC's request and response."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from google.protobuf.message import Message

from redeemd.contract import documented_json, validation
from redeemd.contract.documented_json import camel, located
from redeemd.contract.json_text import JsonObject
from redeemd.contract.options import MethodRule
from redeemd.errors import Violation
from redeemd.event.method_events import MethodEvents
from redeemd.rpc.call import Call
from redeemd.rpc.ports import Next
from redeemd.script.results import scaled
from redeemd.transaction import template
from redeemd.transaction.acting import Act, Acting
from redeemd.transaction.action import (
    ActionRequest,
    ActionResult,
    MultiplyNested,
    Template,
    not_multipliable,
    refused,
)
from redeemd.transaction.definition import ActionDefinition, Kind
from redeemd.transaction.holders import Holder, actions_in
from redeemd.transaction.issuer import Issuer
from redeemd.transaction.local_template import LocalTemplate
from redeemd.transaction.template import Tree

# Members that the vendor's clients add to all requests; no RPC here has a field with one of these names.
_OF_CLIENTS = frozenset({"contextStack", "requestId"})
# Members that are valid for one call only.
_OF_ONE_CALL = frozenset({"timeOffsetToken", "duplicationAvoider"})
_INT32_MAX = 2**31 - 1
_UNMULTIPLIED = "multiply_value_specifying_quantity"  # false: do not multiply this request


class TimeOffset(Protocol):
    """Reads time offset tokens."""

    def __call__(self, text: str, user_id: str, *, now: int) -> int:
        """Return the offset, in seconds, of a player's token. Raises a ServiceError."""


@dataclass(frozen=True, slots=True, eq=False)  # there is one object per action
class LocalAction:
    """An action and its RPC. See redeemd.transaction.action.Action.

    `body` runs the RPC's body, with its rules, in a transaction in progress. `act` does the same without a call, for
    the actions that have one, with `events`.
    """

    definition: ActionDefinition
    method: str  # package.Service/Method
    component: str
    rule: MethodRule
    request_type: type[Message]
    reply_type: type[Message]
    holders: Mapping[str, Holder]
    body: Next
    forget: Callable[[str], None]
    time_offset: TimeOffset
    act: Act | None = None
    events: MethodEvents | None = None
    nestable: bool = True

    def effective(self, tree: JsonObject) -> JsonObject:
        """See Action."""
        ignored = _OF_CLIENTS | self.definition.ignored
        return {name: value for name, value in tree.items() if value is not None and name not in ignored}

    def build(self, place: str, **fields: object) -> ActionRequest:
        """Return a request with these fields, which must satisfy the rules of the request."""
        message = self.request_type(**fields)
        return ActionRequest(self, message, documented_json.to_text(message), place)

    def read(self, tree: Mapping[str, Tree], place: str, where: str, problems: list[Violation]) -> ActionRequest:
        """See Action."""
        message = self.request_type()
        problems += documented_json.read_checked(tree, message, where, strict=True)
        return ActionRequest(self, message, documented_json.to_text(message), place)

    def template(self, tree: Mapping[str, Tree], place: str, where: str, problems: list[Violation]) -> Template | None:
        """See Action."""
        fixed = self.request_type()
        reader = documented_json.Reader(strict=True, hole=template.Text)
        reader.read(tree, fixed, where)
        found = reader.problems or _fixed_problems(tree, fixed, where)
        problems += found
        return None if found else LocalTemplate(self, place, fixed, tree)

    def multiply(self, request: ActionRequest, count: int, nested: MultiplyNested) -> ActionRequest:
        """See Action."""
        message = _copy(request.message)
        flag = message.DESCRIPTOR.fields_by_name.get(_UNMULTIPLIED)
        if flag is not None and message.HasField(_UNMULTIPLIED) and not getattr(message, _UNMULTIPLIED):
            return request
        holds_actions = False
        for kind, path, item in actions_in(message):
            holds_actions = True
            item.request = nested(kind, path, item, request.place)
        current = self._quantity(message)
        if current is not None:
            self._set_quantity(message, current * count, request)
        elif self.definition.quantity is None and not holds_actions and self.definition.kind != Kind.VERIFY:
            raise not_multipliable(self.definition)
        return request._replace(message=message, text=documented_json.to_text(message))

    def with_quantity(self, request: ActionRequest, value: int) -> ActionRequest:
        """See Action."""
        message = _copy(request.message)
        self._set_quantity(message, value, request)
        return request._replace(message=message, text=documented_json.to_text(message))

    def scaled(self, request: ActionRequest, by: float) -> ActionRequest | None:
        """See Action."""
        current = self._quantity(request.message)
        if current is None:
            raise not_multipliable(self.definition)
        value = scaled(current, by)
        return self.with_quantity(request, value) if value else None

    def _quantity(self, message: Message) -> int | None:
        """Return the quantity of a request, or None if the action or the request has none."""
        quantity = self.definition.quantity
        if quantity is None:
            return None
        descriptor = message.DESCRIPTOR.fields_by_name[quantity.field]
        if descriptor.has_presence and not message.HasField(quantity.field):
            return quantity.default
        value: int = getattr(message, quantity.field)
        return value

    def _set_quantity(self, message: Message, value: int, request: ActionRequest) -> None:
        quantity = self.definition.quantity
        assert quantity is not None, f"{self.definition.name} has a quantity"
        if value > _INT32_MAX:
            raise refused(self, request.place, [Violation(quantity.field, f"would be {value}")])
        setattr(message, quantity.field, value)
        problems = validation.violations(message)
        if problems:
            raise refused(self, request.place, problems)

    async def perform(self, request: ActionRequest, call: Call[object], issuer: Issuer) -> ActionResult:
        """See Action. Raises a ServiceError for an invalid time offset token."""
        message: Any = request.message  # has the fields that the rule of its method says it has
        now = call.now
        if self.rule.has_time_offset_token and message.time_offset_token:
            seconds = self.time_offset(message.time_offset_token, message.user_id, now=call.server_now)
            now = call.server_now + seconds * 1000
        elif self.act is not None:
            acting = Acting(call, message, issuer.shared, self.events)
            done = await self.act(acting)
            if done is not None:
                acting.done()
                return done
        acting_call = call.acting(
            message, method=self.method, reply_type=self.reply_type, now=now, issuer=issuer.of(request)
        )
        reply = await self.body(acting_call)
        return ActionResult(documented_json.to_text(reply), lambda: reply)

    def reversing(self, members: JsonObject, of: ActionDefinition) -> JsonObject:
        """See Action. The request has the fields that both actions have, and the quantity of the other one."""
        found = dict(members)
        if self.definition.quantity is not None and of.quantity is not None:
            found[camel(self.definition.quantity.field)] = found.get(camel(of.quantity.field))
        names = {field.json_name for field in self.request_type.DESCRIPTOR.fields} - _OF_ONE_CALL
        return {name: value for name, value in found.items() if name in names and value is not None}

    def forget_namespace(self, request: ActionRequest) -> None:
        """See Action."""
        self.forget(getattr(request.message, "namespace_name", ""))


def _copy(message: Message) -> Message:
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


def _fixed_problems(tree: Mapping[str, Tree], fixed: Message, where: str) -> list[Violation]:
    """Return the violations of rules by the fields that do not depend on placeholders."""
    to_come = {path for path, _ in template.texts(tree)}
    return located([it for it in validation.violations(fixed) if camel(it.field) not in to_come], where)
