"""Reads transactions and expressions that a caller composed, and decides whether the caller may run their actions."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from google.protobuf.message import Message

from redeemd.auth.authorize import require_namespace, require_role
from redeemd.contract import json_text, validation
from redeemd.contract.documented_json import camel, join
from redeemd.errors import VIOLATIONS_MAX, ValidationFailed, Violation
from redeemd.rpc.call import Caller
from redeemd.transaction import external, members, template
from redeemd.transaction.action_request import (
    DEPTH_MAX,
    TEXT_BYTES_MAX,
    USER_ID,
    ActionRequest,
    held,
    holder_kind,
    too_large,
)
from redeemd.transaction.parser import ActionParser, checked, parse_placeholders
from redeemd.transaction.registry import Action, Kind

_PAUSE_CHARACTERS = 8192  # of JSON text, after which other calls may run; takes about 10 ms at most


@dataclass(frozen=True, slots=True)
class Composed:
    """A transaction or an expression after reading; namespace_names as in Authorized."""

    actions: list[ActionRequest]
    namespace_names: list[str | None]
    transaction_id: str | None = None


class _Given(NamedTuple):
    """An action as it was given. `where` is its path in the call, `place` its path in the message that holds it."""

    kind: Kind
    name: str
    text: str
    where: str
    place: str
    depth: int


@dataclass(slots=True)
class Reader:
    """Reads the actions of one call, each text once, nested ones before the action that holds them.

    The texts share a budget of values, in which placeholders count as well. Placeholders of the player are replaced.
    """

    parser: ActionParser
    caller: Caller
    user_id: str
    budget: json_text.Budget
    _names: dict[str | None, None] = field(default_factory=dict)
    _problems: list[Violation] = field(default_factory=list)
    _since_pause: int = 0

    async def read(self, message: Message, *, where: str = "", foreign_too: bool = False) -> Composed:
        """Read the actions that a message holds. Other calls may run in between.

        `where` is the path of the JSON from which the message was read, empty for a request. `foreign_too` says whether
        actions of handlers are allowed: in a transaction, but not in an expression, which has to evaluate its actions.

        Raises RoleNotAllowed or NamespaceNotAllowed if the caller may not call the RPC of an action, ValidationFailed,
        or TransactionTooLarge.
        """
        given = [
            _Given(kind, it.action, it.request, join(where, camel(path)) if where else path, camel(path), depth=1)
            for kind, path, it in held(message)
        ]
        actions = await self._read_all(given, foreign_too=foreign_too)
        if self._problems:
            raise ValidationFailed(violations=self._problems)
        return Composed(actions, list(self._names))

    async def _read_all(self, given: Sequence[_Given], *, foreign_too: bool = False) -> list[ActionRequest]:
        """Return the actions, incompletely if there are problems. All roles are checked before any text is read."""
        allowed = [(it, self._allowed(it, foreign_too=foreign_too)) for it in given]
        found = []
        for it, action in allowed:
            if len(self._problems) >= VIOLATIONS_MAX:
                break
            asked = None if action is None else await self._read(it, action)
            if asked is not None:
                found.append(asked)
        return found

    def _allowed(self, it: _Given, *, foreign_too: bool) -> Action | None:
        action = self.parser.action(it.kind, it.name, it.where, self._problems, foreign_too=foreign_too)
        if action is not None:
            require_role(self.caller, action.rule)
            if action.foreign:  # belongs to no namespace
                self._require_namespace(None)
        return action

    def _require_namespace(self, name: str | None) -> None:
        require_namespace(self.caller, name)
        self._names[name] = None

    async def _read(self, it: _Given, action: Action) -> ActionRequest | None:
        before = len(self._problems)
        tree = await self._parsed(it, action)
        if tree is None:
            return None
        inside = await self._inside(tree, action, it)
        outside = {name: value for name, value in tree.items() if name not in inside}
        tree = self._filled(outside, it) | inside
        if len(self._problems) > before:
            return None
        return external.asked(action, tree, it.place) if action.foreign else self._checked(tree, action, it)

    async def _parsed(self, it: _Given, action: Action) -> dict[str, Any] | None:
        self._since_pause += len(it.text)
        if self._since_pause > _PAUSE_CHARACTERS:
            self._since_pause = 0
            await asyncio.sleep(0)
        if it.depth > DEPTH_MAX:
            self._problems.append(Violation(it.where, f"is nested deeper than {DEPTH_MAX}"))
            return None
        return members.read(action, it.text, f"{it.where}.request", self._problems, self.budget)

    def _checked(self, tree: Any, action: Action, it: _Given) -> ActionRequest:
        asked = checked(action, tree, it.place, f"{it.where}.request", self._problems)
        if not self._problems and hasattr(asked.request, "namespace_name"):
            self._require_namespace(asked.request.namespace_name)
        return asked

    async def _inside(self, tree: dict[str, Any], action: Action, it: _Given) -> dict[str, Any]:
        """Return the members that hold actions, with the requests of these as text."""
        found = {}
        for descriptor in action.request_type.DESCRIPTOR.fields:
            kind, name = holder_kind(descriptor), descriptor.json_name
            if kind is not None and name in tree:
                found[name] = await self._members(tree[name], descriptor, kind, it)
        return found

    async def _members(self, value: Any, descriptor: Any, kind: Kind, it: _Given) -> Any:
        """Return the value of a member that holds actions, unchanged if the rules of the holder refuse it."""
        if descriptor.is_repeated != isinstance(value, list):
            return value
        items = value if descriptor.is_repeated else [value]
        if len(items) > (validation.items_max(descriptor) or len(items)):
            return value
        where = f"{it.where}.request.{descriptor.json_name}"
        given = [
            self._given(item, kind, f"{where}[{index}]" if descriptor.is_repeated else where, it.depth + 1)
            for index, item in enumerate(items)
        ]
        asked = await self._read_all([each for each in given if each is not None])
        if len(asked) < len(items):  # there are problems
            return value
        read = [item | {"request": each.text} for item, each in zip(items, asked, strict=True)]
        return read if descriptor.is_repeated else read[0]

    def _given(self, item: Any, kind: Kind, where: str, depth: int) -> _Given | None:
        found = members.nested(item, where, self._problems)
        return None if found is None else _Given(kind, *found, where, where, depth)

    def _filled(self, tree: dict[str, Any], it: _Given) -> dict[str, Any]:
        """Fill in the player's id; unchanged if there are problems. Raises TransactionTooLarge."""
        count = template.count_at_most(it.text)
        if not count:
            return tree
        found: list[Violation] = []
        try:
            self.budget.take(count)
        except json_text.JsonError as error:
            found.append(Violation(f"{it.where}.request", str(error)))
        parsed = tree if found else parse_placeholders(tree, it.where, found)
        found += [
            Violation(f"{it.where}.request.{path}", "has a placeholder that is not available here")
            for path, text in template.texts(parsed)
            if set(text.keys) != {USER_ID}
        ]
        self._problems += found[:VIOLATIONS_MAX]
        try:
            return tree if found else template.fill(parsed, {USER_ID: self.user_id}, TEXT_BYTES_MAX)
        except template.TooLong:
            raise too_large("text", TEXT_BYTES_MAX) from None
