"""Reads action requests: from JSON to the request message of the action's RPC, validated by that message's rules."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.message import Message

from redeemd.contract import documented_json, json_text, validation
from redeemd.contract.documented_json import camel, join, located
from redeemd.errors import VIOLATIONS_MAX, ValidationFailed, Violation
from redeemd.transaction import external, members, quantities, template
from redeemd.transaction.action_request import DEPTH_MAX, VALUES_MAX, ActionRequest, Template, held, holder_kind
from redeemd.transaction.external import ExternalActions, ExternalTemplate
from redeemd.transaction.registry import Action, Kind, Registry

AnyTemplate = Template | ExternalTemplate

_UNMULTIPLIED = "multiply_value_specifying_quantity"  # false: do not multiply this request


class ActionParser:
    """Reads the requests of a registry's actions and of handlers' actions."""

    def __init__(self, registry: Registry, foreign_actions: ExternalActions) -> None:
        self._registry = registry
        self._foreign = foreign_actions

    def problems(self, message: Message) -> list[Violation]:
        """Return the problems of the actions that a message holds. Their requests may have placeholders."""
        problems: list[Violation] = []
        self._templates(message, problems, json_text.Budget(VALUES_MAX))
        return problems

    def templates(self, message: Message) -> list[AnyTemplate]:
        """Read the actions of stored master data, in their order. Raises ValidationFailed."""
        problems: list[Violation] = []
        found = self._templates(message, problems, json_text.Budget(json_text.VALUES_MAX))
        if problems:  # the master data was applied by another version of this server, or with other handlers
            raise ValidationFailed(violations=problems)
        return found

    def _templates(self, message: Message, problems: list[Violation], budget: json_text.Budget) -> list[AnyTemplate]:
        found = []
        for kind, path, item in held(message):
            if len(problems) >= VIOLATIONS_MAX:
                break
            found.append(self._template(kind, item.action, item.request, path, problems, budget=budget, depth=1))
        return [each for each in found if each is not None]

    def literal(self, message: Message, *, where: str = "", foreign_too: bool = False) -> list[ActionRequest]:
        """Read the actions that a message holds. Raises ValidationFailed.

        Placeholders were replaced before; anything that still looks like one is part of a value. `where` is the path
        of the message, empty for a request. `foreign_too` says whether actions of handlers are allowed.
        """
        problems: list[Violation] = []
        budget = json_text.Budget(VALUES_MAX)
        found = []
        for kind, path, item in held(message):
            if len(problems) >= VIOLATIONS_MAX:
                break
            place = camel(path)
            at = join(where, place) if where else path
            found.append(self._literal(kind, item, place, problems, budget, where=at, foreign_too=foreign_too))
        if problems:
            raise ValidationFailed(violations=problems)
        return [each for each in found if each is not None]

    def _literal(
        self,
        kind: Kind,
        item: Any,
        place: str,
        problems: list[Violation],
        budget: json_text.Budget,
        *,
        where: str,
        foreign_too: bool = False,
    ) -> ActionRequest | None:
        action = self.action(kind, item.action, where, problems, foreign_too=foreign_too)
        tree = None if action is None else members.read(action, item.request, f"{where}.request", problems, budget)
        if action is None or tree is None:
            return None
        if action.foreign:
            return external.asked(action, tree, place)
        return checked(action, tree, place, f"{where}.request", problems)

    def action(
        self, kind: Kind, name: str, where: str, problems: list[Violation], *, foreign_too: bool
    ) -> Action | None:
        """Return the action of this name, or None and a violation if it cannot be used at this place."""
        action = self._find(name, kind)
        if action is None:
            problems.append(Violation(f"{where}.action", "is not the name of an action that this server runs"))
        elif action.foreign and not foreign_too:
            problems.append(Violation(f"{where}.action", "belongs to a handler and cannot be nested in another action"))
            action = None
        elif action.spec.kind != kind:
            problems.append(Violation(f"{where}.action", f"is {_a(action.spec.kind)} action, not {_a(kind)} action"))
            action = None
        return action

    def _find(self, name: str, kind: Kind) -> Action | None:
        return self._registry.find(name) or self._foreign.find(name, kind)

    def _template(
        self,
        kind: Kind,
        name: str,
        text: str,
        where: str,
        problems: list[Violation],
        *,
        budget: json_text.Budget,
        depth: int,
    ) -> AnyTemplate | None:
        action = self.action(kind, name, where, problems, foreign_too=depth == 1)
        tree = None if action is None else members.read(action, text, f"{where}.request", problems, budget)
        if action is None or tree is None:
            return None
        found: list[Violation] = []
        tree = self._parsed(tree, action, where, found, budget, depth=depth)
        fixed = action.request_type()
        if not found and not action.foreign:
            found += _check_fixed(tree, fixed, f"{where}.request")
        problems += found
        if found:
            return None
        if action.foreign:
            return ExternalTemplate(action, camel(where), tree)
        return Template(action, camel(where), fixed, tree)

    def _parsed(
        self,
        tree: Any,
        action: Action,
        where: str,
        problems: list[Violation],
        budget: json_text.Budget,
        *,
        depth: int,
    ) -> Any:
        """Parse placeholders, also those in the requests of nested actions, whose strings are filled as well."""
        if depth > DEPTH_MAX:
            problems.append(Violation(where, f"is nested deeper than {DEPTH_MAX}"))
            return tree
        tree = dict(tree)
        inner: dict[str, Any] = {}
        for descriptor in action.request_type.DESCRIPTOR.fields:
            kind = holder_kind(descriptor)
            given = tree.get(descriptor.json_name)
            if kind is None or given is None:
                continue
            path = f"{where}.request.{descriptor.json_name}"
            parsed = []
            for index, item in enumerate(given if isinstance(given, list) else [given]):
                at = f"{path}[{index}]" if isinstance(given, list) else path
                parsed.append(self._parsed_inside(kind, item, at, problems, budget, depth=depth))
                if len(problems) >= VIOLATIONS_MAX:
                    return tree
            inner[descriptor.json_name] = parsed if isinstance(given, list) else parsed[0]
            del tree[descriptor.json_name]
        return parse_placeholders(tree, where, problems) | inner

    def _parsed_inside(
        self, kind: Kind, item: Any, where: str, problems: list[Violation], budget: json_text.Budget, *, depth: int
    ) -> Any:
        found = members.nested(item, where, problems)
        if found is None:
            return item
        inside = self._template(kind, *found, where, problems, budget=budget, depth=depth + 1)
        return item | {"request": inside.tree if inside is not None else {}}

    def asked(self, name: str, place: str, **fields: Any) -> ActionRequest:
        """Return an action of this server with a request from these fields, which must satisfy the request's rules."""
        action = self._registry.find(name)
        assert action is not None, f"{name} is an action of this server"
        request = action.request_type(**fields)
        return ActionRequest(action, request, documented_json.to_text(request), place)

    def has_quantity(self, name: str) -> bool:
        """Return whether the action of this name has a quantity."""
        action = self._find(name, Kind.CONSUME)
        return action is not None and action.spec.quantity is not None

    def require_multipliable(self, templates: Iterable[AnyTemplate], count: int) -> None:
        """Raise ValidationFailed for actions that would have to be multiplied later and cannot be."""
        for each in templates if count > 1 else ():
            if each.action.spec.quantity is None:
                raise quantities.not_multipliable(each.action)

    def multiplied(self, asked: ActionRequest, count: int) -> ActionRequest:
        """Return an action with the request that performs it `count` times in one call (semantics 5.3).

        Raises ValidationFailed for an action that changes something and cannot be multiplied, or not by that much.
        """
        if count == 1:
            return asked
        if asked.action.foreign:
            return quantities.multiplied_foreign(asked, count)
        request: Any = asked.action.request_type()
        request.CopyFrom(asked.request)
        self._multiply(asked.action, request, count, asked.place)
        return asked._replace(request=request, text=documented_json.to_text(request))

    def _multiply(self, action: Action, request: Any, count: int, place: str) -> None:
        flag = request.DESCRIPTOR.fields_by_name.get(_UNMULTIPLIED)
        if flag is not None and request.HasField(_UNMULTIPLIED) and not getattr(request, _UNMULTIPLIED):
            return
        holds_actions = False
        for kind, path, item in held(request):
            holds_actions = True
            where = f"{place}.request.{camel(path)}"
            problems: list[Violation] = []
            inside = self._literal(kind, item, camel(path), problems, json_text.Budget(VALUES_MAX), where=where)
            if inside is None or problems:
                raise ValidationFailed(violations=problems)
            item.request = self.multiplied(inside, count).text
        quantity = action.spec.quantity
        if quantity is not None:
            descriptor = request.DESCRIPTOR.fields_by_name[quantity.field]
            absent = descriptor.has_presence and not request.HasField(quantity.field)
            current = quantity.default if absent else getattr(request, quantity.field)
            if current is not None:
                quantities.set_quantity(action, request, current * count, place)
        elif not holds_actions and action.spec.kind != Kind.VERIFY:
            raise quantities.not_multipliable(action)

    def with_quantity(self, asked: ActionRequest, value: int) -> ActionRequest:
        """Return an action with another quantity. Raises ValidationFailed if the action does not allow that much."""
        if asked.action.foreign:
            return external.with_quantity(asked, value)
        request = asked.action.request_type()
        request.CopyFrom(asked.request)
        quantities.set_quantity(asked.action, request, value, asked.place)
        return asked._replace(request=request, text=documented_json.to_text(request))


def checked(action: Action, tree: Any, place: str, where: str, problems: list[Violation]) -> ActionRequest:
    """Read and validate the request of an action of this server; add violations to `problems`."""
    request = action.request_type()
    problems += documented_json.read_checked(tree, request, where, strict=True)
    return ActionRequest(action, request, documented_json.to_text(request), place)


def parse_placeholders(tree: dict[str, Any], where: str, problems: list[Violation]) -> dict[str, Any]:
    """Return a request with a template.Text for each string with placeholders; add violations to `problems`."""
    try:
        parsed: dict[str, Any] = template.parse(tree)
    except template.PlaceholderInName:
        problems.append(Violation(f"{where}.request", "has a placeholder in the name of a member"))
        return tree
    text = f"has a placeholder whose key is empty or longer than {template.KEY_LENGTH_MAX} characters"
    impossible = itertools.islice(template.impossible(parsed), VIOLATIONS_MAX)
    problems += [Violation(f"{where}.request.{path}", text) for path in impossible]
    return parsed


def _check_fixed(tree: Any, fixed: Message, where: str) -> Sequence[Violation]:
    """Fill a request with everything that does not depend on placeholders, and return the problems found."""
    reader = documented_json.Reader(strict=True, hole=template.Text)
    reader.read(tree, fixed, where)
    if reader.problems:
        return reader.problems
    to_come = {path for path, _ in template.texts(tree)}
    return located([it for it in validation.violations(fixed) if camel(it.field) not in to_come], where)


def _a(kind: Kind) -> str:
    return f"an {kind}" if kind == Kind.ACQUIRE else f"a {kind}"
