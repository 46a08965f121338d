"""An action with its request, and templates of requests in which the values of placeholders are missing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from google.protobuf.message import Message
from redeem.common.v1 import common_pb2

from redeemd.contract import documented_json, validation
from redeemd.contract.documented_json import located
from redeemd.errors import ServiceError, ValidationFailed, Violation
from redeemd.transaction import template
from redeemd.transaction.errors import TransactionTooLarge
from redeemd.transaction.registry import Action, Kind

# UTF-8 bytes of all requests and results of a transaction, including the transactions it issues. A reply contains the
# requests twice, once with all quotes escaped, and clients accept 4 MiB by default.
TEXT_BYTES_MAX = 1_000_000

# Values in all JSON texts of a call that composes actions, including the requests of nested actions, and in all
# requests of a rate. They are parsed on the event loop.
VALUES_MAX = 30_000

DEPTH_MAX = 4  # of nested transactions and expressions

USER_ID = "userId"  # the placeholder of the player; the caller cannot set its value

# The messages that hold an action and its request, and the kind that the action must have in each of them.
_HOLDERS = {
    common_pb2.VerifyAction.DESCRIPTOR.full_name: Kind.VERIFY,
    common_pb2.ConsumeAction.DESCRIPTOR.full_name: Kind.CONSUME,
    common_pb2.AcquireAction.DESCRIPTOR.full_name: Kind.ACQUIRE,
}
_PLAYER = template.Text(("", USER_ID, ""))
_MARK = "\x00"  # occurs in no string that was read as JSON


class ActionRequest(NamedTuple):
    """An action with its request. `place` is its position, such as "consumeActions[0]".

    from_master: the whole request comes from master data, except the player's id.
    """

    action: Action
    request: Message
    text: str  # the request as JSON
    place: str
    from_master: bool = False


class Template:
    """The request of an action in master data, with placeholders not yet filled.

    `tree` is the request as JSON, with placeholders; `fixed` is the part of it that does not depend on placeholders,
    already checked.
    """

    def __init__(self, action: Action, place: str, fixed: Message, tree: dict[str, Any]) -> None:
        self.action = action
        self.place = place
        self.fixed = fixed
        self.tree = tree
        placed = list(template.texts(tree))
        self.keys = frozenset(key for _, text in placed for key in text.keys)
        self._from_master = self.keys <= {USER_ID}
        self._fixed_text = documented_json.to_text(fixed)
        self._strings = _strings_at_the_top(placed, fixed)
        self._pieces = _text_around(fixed, [name for name, _ in self._strings or ()])
        # The player's id was checked with the request of the call.
        self._needs_no_check = self._strings is not None and all(
            (name, text) == ("user_id", _PLAYER) for name, text in self._strings
        )

    def fill(self, values: Mapping[str, str], room: int) -> ActionRequest:
        """Fill in the values. Raises ValidationFailed, or TransactionTooLarge for more than `room` characters."""
        if not self.keys:
            return ActionRequest(self.action, self.fixed, self._fixed_text, self.place, self._from_master)
        try:
            if self._strings is None:
                return self._fill_deeply(template.fill(self.tree, values, room))
            return self._fill_strings(self._strings, values, room)
        except template.TooLong:
            raise too_large("text", TEXT_BYTES_MAX) from None

    def _fill_strings(
        self, strings: Iterable[tuple[str, template.Text]], values: Mapping[str, str], room: int
    ) -> ActionRequest:
        """Set strings of the request; its JSON text is assembled from pieces rendered in advance."""
        request = self.action.request_type()
        request.CopyFrom(self.fixed)
        pieces = iter(self._pieces)
        text = next(pieces)
        for (name, placed), following in zip(strings, pieces, strict=True):
            string = placed.fill(values, room)
            setattr(request, name, string)
            text += encode_basestring(string) + following
        if not self._needs_no_check:
            self._refuse(validation.violations(request))
        return ActionRequest(self.action, request, text, self.place, self._from_master)

    def _fill_deeply(self, tree: Any) -> ActionRequest:
        request = self.action.request_type()
        self._refuse(documented_json.read_checked(tree, request, "", strict=True))
        return ActionRequest(self.action, request, documented_json.to_text(request), self.place, self._from_master)

    def _refuse(self, problems: Sequence[Violation]) -> None:
        if problems:
            raise refused(self.action, self.place, problems)


def _strings_at_the_top(
    placed: Sequence[tuple[str, template.Text]], message: Message
) -> list[tuple[str, template.Text]] | None:
    """Return the placeholders by the proto names of their fields, in field order; None if one is elsewhere."""
    fields: dict[str, Any] = {field.json_name: field for field in message.DESCRIPTOR.fields}
    if any(path not in fields or fields[path].type != fields[path].TYPE_STRING for path, _ in placed):
        return None
    return [(fields[path].name, text) for path, text in sorted(placed, key=lambda each: fields[each[0]].number)]


def _text_around(fixed: Message, names: Sequence[str]) -> list[str]:
    """Return the JSON of a request as the pieces between the strings of these fields."""
    marked = type(fixed)()
    marked.CopyFrom(fixed)
    for name in names:
        setattr(marked, name, _MARK)
    return documented_json.to_text(marked).split(encode_basestring(_MARK))


def too_large(limit: str, most: int) -> TransactionTooLarge:
    """Return the refusal of a transaction that exceeds a limit."""
    return TransactionTooLarge(limit=limit, max=str(most))


def refused(action: Action, place: str, problems: Sequence[Violation]) -> ServiceError:
    """Return the refusal of an action's request."""
    return ValidationFailed(component=action.component, violations=located(problems, f"{place}.request"))


def held(message: Message) -> Iterator[tuple[Kind, str, Any]]:
    """Yield the actions that a message holds: the kind, the path with the contract's names, and the message itself."""
    for descriptor, value in message.ListFields():
        kind = holder_kind(descriptor)
        if kind is None:
            continue
        items = value if descriptor.is_repeated else [value]
        for index, item in enumerate(items):
            yield kind, f"{descriptor.name}[{index}]" if descriptor.is_repeated else descriptor.name, item


def holder_kind(descriptor: Any) -> Kind | None:
    """Return the kind of the actions in a field, or None for a field that holds no actions."""
    return None if descriptor.message_type is None else _HOLDERS.get(descriptor.message_type.full_name)


def missing(templates: Iterable[Any], values: Mapping[str, str]) -> list[str]:
    """Return the keys of placeholders that have no value, sorted."""
    return sorted(frozenset[str]().union(*(each.keys for each in templates)).difference(values))
