"""Requests of RPCs in master data, with placeholders."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from json.encoder import encode_basestring

from google.protobuf.message import Message

from redeemd.contract import documented_json, validation
from redeemd.errors import Violation
from redeemd.transaction import template
from redeemd.transaction.action import Action, ActionRequest, refused
from redeemd.transaction.limits import TEXT_BYTES_MAX, too_large
from redeemd.transaction.template import USER_ID, Tree

_PLAYER = template.Text(("", USER_ID, ""))
_MARK = "\x00"  # occurs in no string that was read as JSON


class LocalTemplate:
    """The request of an RPC in master data. See redeemd.transaction.action.Template.

    `tree` is the request as JSON, with placeholders; `fixed` is the part of it that does not depend on placeholders,
    already checked.
    """

    def __init__(self, action: Action, place: str, fixed: Message, tree: Mapping[str, Tree]) -> None:
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
        self._checks = [_check(type(fixed), name, text) for name, text in self._strings or ()]

    def fill(self, values: Mapping[str, str], room: int) -> ActionRequest:
        """Fill in the values. Raises ValidationFailed, or TransactionTooLarge for more than `room` characters."""
        if not self.keys:
            return ActionRequest(self.action, self.fixed, self._fixed_text, self.place, self._from_master)
        try:
            if self._strings is None:
                return self._fill_deeply(template.fill_members(self.tree, values, room))
            return self._fill_strings(self._strings, values, room)
        except template.TooLong:
            raise too_large("text", TEXT_BYTES_MAX) from None

    def _fill_strings(
        self, strings: Iterable[tuple[str, template.Text]], values: Mapping[str, str], room: int
    ) -> ActionRequest:
        """Set strings of the request; its JSON text is assembled from pieces rendered in advance."""
        message = type(self.fixed)()
        message.CopyFrom(self.fixed)
        pieces = iter(self._pieces)
        text = next(pieces)
        valid = True
        for (name, placed), check, following in zip(strings, self._checks, pieces, strict=True):
            string = placed.fill(values, room)
            setattr(message, name, string)
            text += encode_basestring(string) + following
            valid = valid and check(string)
        if not valid:
            self._refuse(validation.violations(message))
        return ActionRequest(self.action, message, text, self.place, self._from_master)

    def _fill_deeply(self, tree: Mapping[str, Tree]) -> ActionRequest:
        message = type(self.fixed)()
        self._refuse(documented_json.read_checked(tree, message, "", strict=True))
        return ActionRequest(self.action, message, documented_json.to_text(message), self.place, self._from_master)

    def _refuse(self, problems: Sequence[Violation]) -> None:
        if problems:
            raise refused(self.action, self.place, problems)


def _check(message: type[Message], name: str, text: template.Text) -> Callable[[str], bool]:
    """Return a function that says whether a string is certainly valid; otherwise, all rules decide."""
    if (name, text) == ("user_id", _PLAYER):
        return _valid  # it was checked with the request of the call
    return validation.string_check(message, name) or _unknown


def _valid(_string: str) -> bool:
    return True


def _unknown(_string: str) -> bool:
    return False


def _strings_at_the_top(
    placed: Sequence[tuple[str, template.Text]], message: Message
) -> list[tuple[str, template.Text]] | None:
    """Return the placeholders by the proto names of their fields, in field order; None if one is elsewhere."""
    fields = {field.json_name: field for field in message.DESCRIPTOR.fields}
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
