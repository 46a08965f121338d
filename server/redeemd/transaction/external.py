"""Actions that handlers, which the game hosts, execute, and actions that nothing executes.

Their requests are JSON objects, of which only the member with the quantity may be known.
"""

import functools
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from google.protobuf import empty_pb2
from redeem.options.v1 import options_pb2

from redeemd.contract import json_text
from redeemd.contract.json_text import JsonObject
from redeemd.contract.options import MethodRule
from redeemd.errors import Violation
from redeemd.rpc.call import Call, Step
from redeemd.script.results import scaled
from redeemd.transaction import template
from redeemd.transaction.action import ActionRequest, ActionResult, MultiplyNested, not_multipliable, refused
from redeemd.transaction.definition import ActionDefinition, Kind, Quantity, prefix_of
from redeemd.transaction.errors import ActionNotHere
from redeemd.transaction.holders import Holder
from redeemd.transaction.issuer import Issuer
from redeemd.transaction.limits import TEXT_BYTES_MAX, too_large
from redeemd.transaction.ports import ActionOutbox
from redeemd.transaction.template import Tree

_NAME = re.compile(r"([A-Za-z0-9_.-]{1,64}):([A-Za-z0-9_.-]{1,128})")
_QUANTITY_TEXT = re.compile(r"-?[0-9]{1,18}")
_CACHE_MAX = 10_000
_ACCEPTED = 202  # committed, to be delivered
_NO_MESSAGE = empty_pb2.Empty()

# Access rule of external actions in composed transactions: keys that may act for players, in all namespaces.
_RULE = MethodRule(
    access=options_pb2.ACCESS_ACT_AS,
    writes=True,
    codes=False,
    namespace_field=None,
    has_time_offset_token=False,
    returns_token=False,
    decides_namespaces=False,
)


class Declared(NamedTuple):
    """What the configuration declares of an action: its quantity field, and the rest of the name of its reverse."""

    quantity: str | None = None
    reverse: str | None = None


class ExternalActions:
    """The actions of prefixes that have a handler, and those that are declared not to be here."""

    def __init__(
        self, declared: Mapping[str, Mapping[str, Declared]], not_here: Set[str], outbox: ActionOutbox
    ) -> None:
        """`declared` are the settings of actions, by prefix and the rest of the action's name."""
        self._declared = declared
        self.not_here = not_here
        self._outbox = outbox
        self.find = functools.lru_cache(maxsize=_CACHE_MAX)(self._find)

    def _find(self, name: str, kind: Kind) -> "ExternalAction | None":
        """Return the action with this name and kind, or None if it is not declared and its prefix has no handler."""
        if name in self.not_here:
            return AbsentAction(ActionDefinition(name, kind, _ANY_QUANTITY), self._outbox, nestable=True)
        parts = _NAME.fullmatch(name)
        if parts is None or parts[1] not in self._declared:
            return None
        declared = self._declared[parts[1]].get(parts[2], Declared())
        quantity = None if declared.quantity is None else Quantity(declared.quantity)
        reverse = None if declared.reverse is None else f"{parts[1]}:{declared.reverse}"
        return ExternalAction(ActionDefinition(name, kind, quantity, reverse), self._outbox)


# An action that is not here is never multiplied, and its name may stand wherever a quantity is needed.
_ANY_QUANTITY = Quantity("")


@dataclass(frozen=True, slots=True, eq=False)
class ExternalAction:
    """An action of a handler. See redeemd.transaction.action.Action."""

    definition: ActionDefinition
    outbox: ActionOutbox
    component: str = "actionHandler"
    rule: MethodRule = _RULE
    nestable: bool = False
    holders: Mapping[str, Holder] = field(default_factory=dict)

    def effective(self, tree: JsonObject) -> JsonObject:
        """Return all members: the handler gets them."""
        return tree

    def read(self, tree: Mapping[str, Tree], place: str, _where: str, _problems: list[Violation]) -> ActionRequest:
        """See Action."""
        return self._request(tree, place)

    def template(
        self, tree: Mapping[str, Tree], place: str, _where: str, _problems: list[Violation]
    ) -> "ExternalTemplate":
        """See Action."""
        return ExternalTemplate(self, place, tree)

    def multiply(self, request: ActionRequest, count: int, _nested: MultiplyNested) -> ActionRequest:
        """See Action."""
        quantity = self.definition.quantity
        if quantity is not None:
            return self.with_quantity(request, self._quantity(request, quantity.field) * count)
        if self.definition.kind != Kind.VERIFY:
            raise not_multipliable(self.definition)
        return request

    def _quantity(self, request: ActionRequest, name: str) -> int:
        given = json_text.read_object(request.text).get(name)
        if isinstance(given, str) and _QUANTITY_TEXT.fullmatch(given):  # it was a placeholder
            given = int(given)
        if not isinstance(given, int) or isinstance(given, bool):
            raise refused(self, request.place, [Violation(name, "must be an integer, for it is multiplied")])
        return given

    def with_quantity(self, request: ActionRequest, value: int) -> ActionRequest:
        """See Action. A quantity has at most 64 bits."""
        quantity = self.definition.quantity
        assert quantity is not None, f"{self.definition.name} has a quantity"
        if not json_text.INTEGER_MIN <= value <= json_text.INTEGER_MAX:
            raise refused(self, request.place, [Violation(quantity.field, f"would be {value}")])
        return self._request(json_text.read_object(request.text) | {quantity.field: value}, request.place)

    def scaled(self, request: ActionRequest, by: float) -> ActionRequest | None:
        """See Action."""
        if self.definition.quantity is None:
            raise not_multipliable(self.definition)
        value = scaled(self._quantity(request, self.definition.quantity.field), by)
        return self.with_quantity(request, value) if value else None

    def _request(self, tree: Mapping[str, Tree], place: str) -> ActionRequest:
        return ActionRequest(self, _NO_MESSAGE, json_text.write(tree), place)

    async def perform(self, request: ActionRequest, call: Call[object], issuer: Issuer) -> ActionResult:
        """Put it into the outbox, or return the response that its handler already gave."""
        if self.definition.kind == Kind.ACQUIRE:
            return await self._deliver_later(request, call, issuer)
        step = Step(
            issuer.within(request.place),
            request.index_text,
            self.definition.kind,
            self.definition.name,
            request.text,
            call.player,
            issuer.transaction_id,
        )
        call.steps.append(step)
        return ActionResult("{}" if call.executed is None else call.executed.result(step), empty_pb2.Empty)

    async def _deliver_later(self, request: ActionRequest, call: Call[object], issuer: Issuer) -> ActionResult:
        name = self.definition.name
        call.after_commit(lambda: self.outbox.wake(prefix_of(name)))
        delivery_id = await self.outbox.put(
            call.tx,
            name,
            request.text,
            user_id=call.player,
            transaction_id=issuer.transaction_id,
            trace=call.origin.trace,
            now=call.server_now,
        )
        return ActionResult(f'{{"deliveryId":"{delivery_id}"}}', empty_pb2.Empty, _ACCEPTED)

    def reversing(self, members: JsonObject, of: ActionDefinition) -> JsonObject:
        """See Action. The request is the same, except for the name of the quantity."""
        if self.definition.quantity is None or of.quantity is None or of.quantity.field not in members:
            return members
        others = {name: value for name, value in members.items() if name != of.quantity.field}
        return {**others, self.definition.quantity.field: members[of.quantity.field]}

    def forget_namespace(self, _request: ActionRequest) -> None:
        """Do nothing: handlers have no namespaces here."""


class AbsentAction(ExternalAction):
    """An action that is declared not to be here: master data may name it, and whatever would run it is refused.

    Plans that have one refuse before their first action; see redeemd.transaction.plan.
    """

    __slots__ = ()

    def multiply(self, request: ActionRequest, _count: int, _nested: MultiplyNested) -> ActionRequest:
        """See Action. The request stays as it is, because it is refused."""
        return request

    async def perform(self, request: ActionRequest, _call: Call[object], _issuer: Issuer) -> ActionResult:
        """Refuse it. Raises ActionNotHere."""
        raise ActionNotHere(action=request.action.definition.name)


class ExternalTemplate:
    """The request of a handler's action in master data. See redeemd.transaction.action.Template."""

    def __init__(self, action: ExternalAction, place: str, tree: Mapping[str, Tree]) -> None:
        self.action = action
        self.tree = tree
        self.keys = frozenset(key for _, text in template.texts(tree) for key in text.keys)
        self._place = place

    def fill(self, values: Mapping[str, str], room: int) -> ActionRequest:
        """Fill in the values. Raises TransactionTooLarge if they need more than `room` characters."""
        try:
            filled = template.fill_members(self.tree, values, room)
        except template.TooLong:
            raise too_large("text", TEXT_BYTES_MAX) from None
        return self.action.read(filled, self._place, "", [])
