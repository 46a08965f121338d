"""Reads transactions and expressions that a caller composed, and decides whether the caller may run their actions."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from google.protobuf.message import Message

from redeemd.auth.authorize import require_namespace
from redeemd.auth.roles import require_role
from redeemd.contract import json_text, validation
from redeemd.contract.documented_json import camel, join
from redeemd.contract.json_text import Json, JsonObject
from redeemd.errors import VIOLATIONS_MAX, ValidationFailed, Violation
from redeemd.rpc.call import Caller
from redeemd.script.scripts import ScriptRun
from redeemd.transaction import members, template
from redeemd.transaction.action import Action, ActionRequest
from redeemd.transaction.definition import Kind
from redeemd.transaction.holders import Holder, actions_in
from redeemd.transaction.limits import DEPTH_MAX, TEXT_BYTES_MAX, too_large
from redeemd.transaction.registry import Registry
from redeemd.transaction.template import USER_ID, Tree
from redeemd.transaction.template_parser import parse_placeholders

_PAUSE_CHARACTERS = 8192  # of JSON text, after which other calls may run; takes about 10 ms at most


@dataclass(frozen=True, slots=True)
class Composed:
    """A transaction or an expression after reading; namespace_names as in Authorized.

    scripts  those that composed it
    """

    actions: list[ActionRequest]
    namespace_names: list[str | None]
    transaction_id: str | None = None
    scripts: Sequence[ScriptRun] = ()


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

    registry: Registry
    caller: Caller
    user_id: str
    budget: json_text.Budget
    _names: dict[str | None, None] = field(default_factory=dict)
    _problems: list[Violation] = field(default_factory=list)
    _since_pause: int = 0

    async def read(self, message: Message, *, where: str = "", nested: bool = True) -> Composed:
        """Read the actions that a message holds. Other calls may run in between.

        `where` is the path of the JSON from which the message was read, empty for a request. `nested` says whether
        another action runs them: an expression does, which has to evaluate its actions; a transaction does not.

        Raises RoleNotAllowed or NamespaceNotAllowed if the caller may not call the RPC of an action, ValidationFailed,
        or TransactionTooLarge.
        """
        given = [
            _Given(kind, it.action, it.request, join(where, camel(path)) if where else path, camel(path), depth=1)
            for kind, path, it in actions_in(message)
        ]
        actions = await self._read_all(given, nested=nested)
        if self._problems:
            raise ValidationFailed(violations=self._problems)
        return Composed(actions, list(self._names))

    async def _read_all(self, given: Sequence[_Given], *, nested: bool = True) -> list[ActionRequest]:
        """Return the actions, incompletely if there are problems. All roles are checked before any text is read."""
        allowed = [(it, self._allowed(it, nested=nested)) for it in given]
        found = []
        for it, action in allowed:
            if len(self._problems) >= VIOLATIONS_MAX:
                break
            request = None if action is None else await self._read(it, action)
            if request is not None:
                found.append(request)
        return found

    def _allowed(self, it: _Given, *, nested: bool) -> Action | None:
        action = self.registry.usable(it.kind, it.name, it.where, self._problems, nested=nested)
        if action is not None:
            require_role(self.caller, action.rule)
            if action.rule.namespace_field is None and not action.rule.decides_namespaces:
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
        filled = {**self._filled(outside, it), **inside}
        return self._checked(filled, action, it) if len(self._problems) == before else None

    async def _parsed(self, it: _Given, action: Action) -> JsonObject | None:
        self._since_pause += len(it.text)
        if self._since_pause > _PAUSE_CHARACTERS:
            self._since_pause = 0
            await asyncio.sleep(0)
        if it.depth > DEPTH_MAX:
            self._problems.append(Violation(it.where, f"is nested deeper than {DEPTH_MAX}"))
            return None
        return members.read(action, it.text, f"{it.where}.request", self._problems, self.budget)

    def _checked(self, tree: Mapping[str, Tree], action: Action, it: _Given) -> ActionRequest:
        request = action.read(tree, it.place, f"{it.where}.request", self._problems)
        if not self._problems and action.rule.namespace_field is not None:
            self._require_namespace(getattr(request.message, action.rule.namespace_field))
        return request

    async def _inside(self, tree: JsonObject, action: Action, it: _Given) -> JsonObject:
        """Return the members that hold actions, with the requests of these as text."""
        return {
            name: await self._members(tree[name], holder, it) for name, holder in action.holders.items() if name in tree
        }

    async def _members(self, value: Json, holder: Holder, it: _Given) -> Json:
        """Return the value of a member that holds actions, unchanged if the rules of the holder refuse it."""
        field = holder.field
        if field.is_repeated != isinstance(value, list):
            return value
        items = value if isinstance(value, list) else [value]
        if len(items) > (validation.items_max(field) or len(items)):
            return value
        where = f"{it.where}.request.{field.json_name}"
        given = [
            self._given(item, holder.kind, f"{where}[{index}]" if field.is_repeated else where, it.depth + 1)
            for index, item in enumerate(items)
        ]
        requests = await self._read_all([each for each in given if each is not None])
        if len(requests) < len(items):  # there are problems
            return value
        read = [_with_request(item, each.text) for item, each in zip(items, requests, strict=True)]
        return read if field.is_repeated else read[0]

    def _given(self, item: Json, kind: Kind, where: str, depth: int) -> _Given | None:
        found = members.nested(item, where, self._problems)
        return None if found is None else _Given(kind, *found, where, where, depth)

    def _filled(self, tree: JsonObject, it: _Given) -> Mapping[str, Tree]:
        """Fill in the player's id; unchanged if there are problems. Raises TransactionTooLarge."""
        count = template.count_at_most(it.text)
        if not count:
            return tree
        found: list[Violation] = []
        try:
            self.budget.take(count)
        except json_text.JsonError as error:
            found.append(Violation(f"{it.where}.request", str(error)))
        parsed: Mapping[str, Tree] = tree if found else parse_placeholders(tree, it.where, found)
        found += [
            Violation(f"{it.where}.request.{path}", "has a placeholder that is not available here")
            for path, text in template.texts(parsed)
            if set(text.keys) != {USER_ID}
        ]
        self._problems += found[:VIOLATIONS_MAX]
        try:
            return tree if found else template.fill_members(parsed, {USER_ID: self.user_id}, TEXT_BYTES_MAX)
        except template.TooLong:
            raise too_large("text", TEXT_BYTES_MAX) from None


def _with_request(item: Json, text: str) -> Json:
    assert isinstance(item, dict), "it was read as an action"
    return {**item, "request": text}
