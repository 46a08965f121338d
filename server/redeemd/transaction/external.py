"""Actions that handlers, which the game hosts, execute.

Their requests are JSON objects, of which only the member with the quantity may be known.
"""

import functools
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from google.protobuf import wrappers_pb2
from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd.contract import json_text
from redeemd.contract.options import MethodRule
from redeemd.errors import Violation
from redeemd.rpc.call import Call
from redeemd.transaction import template
from redeemd.transaction.action_request import TEXT_BYTES_MAX, ActionRequest, refused, too_large
from redeemd.transaction.registry import Action, ActionDefinition, Kind, Quantity

_NAME = re.compile(r"([A-Za-z0-9_.-]{1,64}):([A-Za-z0-9_.-]{1,128})")
_QUANTITY_TEXT = re.compile(r"-?[0-9]{1,18}")
_CACHE_MAX = 10_000

# Access rule of external actions in composed transactions: keys that may act for players, in all namespaces.
_RULE = MethodRule(
    access=options_pb2.ACCESS_ACT_AS,
    writes=True,
    codes=False,
    namespace_field=None,
    has_time_offset_token=False,
    answers_token=False,
    decides_namespaces=False,
)


class ExternalActions:
    """The actions of prefixes that have a handler."""

    def __init__(self, quantities: Mapping[str, Mapping[str, str]]) -> None:
        """`quantities` are the quantity fields by prefix and the rest of the action's name."""
        self._quantities = quantities
        self.find = functools.lru_cache(maxsize=_CACHE_MAX)(self._find)

    def _find(self, name: str, kind: Kind) -> Action | None:
        """Return the action with this name and kind, or None if its prefix has no handler."""
        parts = _NAME.fullmatch(name)
        if parts is None or parts[1] not in self._quantities:
            return None
        field = self._quantities[parts[1]].get(parts[2])
        return Action(
            spec=ActionDefinition(name, kind, None if field is None else Quantity(field)),
            method=name,
            component="actionHandler",
            rule=_RULE,
            request_type=wrappers_pb2.StringValue,
            reply_type=wrappers_pb2.StringValue,
            perform=_perform,
            forget_namespace=lambda _name: None,
            foreign=True,
        )


async def _perform(_call: Call[Any]) -> NoReturn:
    raise AssertionError("a handler executes it")


class ExternalTemplate:
    """The request of a handler's action in master data, with placeholders. See action_request.Template."""

    def __init__(self, action: Action, place: str, tree: dict[str, Any]) -> None:
        self.action = action
        self.place = place
        self.tree = tree
        self.keys = frozenset(key for _, text in template.texts(tree) for key in text.keys)

    def fill(self, values: Mapping[str, str], room: int) -> ActionRequest:
        """Fill in the values. Raises TransactionTooLarge if they need more than `room` characters."""
        try:
            return asked(self.action, template.fill(self.tree, values, room), self.place)
        except template.TooLong:
            raise too_large("text", TEXT_BYTES_MAX) from None


def asked(action: Action, tree: Any, place: str) -> ActionRequest:
    """Return the action request of a handler's action."""
    text = json_text.write(tree)
    return ActionRequest(action, wrappers_pb2.StringValue(value=text), text, place)


def answer(text: str) -> Message:
    """Return the reply of a handler's action as a message."""
    return wrappers_pb2.StringValue(value=text)


def multiplied(it: ActionRequest, count: int) -> ActionRequest:
    """Multiply the quantity of an action that has one. Raises ValidationFailed."""
    quantity = it.action.spec.quantity
    assert quantity is not None, f"{it.action.spec.name} has a quantity"
    given = json_text.read_object(it.text).get(quantity.field)
    if isinstance(given, str) and _QUANTITY_TEXT.fullmatch(given):  # it was a placeholder
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool):
        text = "must be an integer, for it is multiplied"
        raise refused(it.action, it.place, [Violation(quantity.field, text)])
    return with_quantity(it, given * count)


def with_quantity(it: ActionRequest, value: int) -> ActionRequest:
    """Return an action request with another quantity. Raises ValidationFailed for more than 64 bits."""
    quantity = it.action.spec.quantity
    assert quantity is not None, f"{it.action.spec.name} has a quantity"
    if not json_text.INTEGER_MIN <= value <= json_text.INTEGER_MAX:
        raise refused(it.action, it.place, [Violation(quantity.field, f"would be {value}")])
    return asked(it.action, json_text.read_object(it.text) | {quantity.field: value}, it.place)
