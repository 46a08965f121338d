"""Reads the action requests of master data, whose strings may have placeholders."""

import itertools
from collections.abc import Sequence

from google.protobuf.message import Message

from redeemd.contract import json_text
from redeemd.contract.documented_json import camel
from redeemd.contract.json_text import Json, JsonObject
from redeemd.errors import VIOLATIONS_MAX, ValidationFailed, Violation
from redeemd.transaction import members, template
from redeemd.transaction.action import Action, Template
from redeemd.transaction.definition import Kind
from redeemd.transaction.external import AbsentAction
from redeemd.transaction.holders import actions_in
from redeemd.transaction.limits import DEPTH_MAX, VALUES_MAX
from redeemd.transaction.plan import NotHere
from redeemd.transaction.registry import Registry
from redeemd.transaction.template import Tree


class TemplateParser:
    """Reads the actions that a message of master data holds."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def problems(self, message: Message) -> list[Violation]:
        """Return the problems of the actions that a message holds. Their requests may have placeholders."""
        problems: list[Violation] = []
        self._read(message, problems, json_text.Budget(VALUES_MAX))
        return problems

    def read(self, message: Message) -> tuple[list[Template], list[NotHere]]:
        """Read the actions of stored master data, in their order. Raises ValidationFailed."""
        problems: list[Violation] = []
        found = self._read(message, problems, json_text.Budget(json_text.VALUES_MAX))
        if problems:  # the master data was applied by another version of this server, or with other handlers
            raise ValidationFailed(violations=problems)
        return [template for template, _ in found], [NotHere(name, of) for of, names in found for name in names]

    def _read(
        self, message: Message, problems: list[Violation], budget: json_text.Budget
    ) -> list[tuple[Template, Sequence[str]]]:
        """Return each action with the names, among its own and those nested in it, that are not here."""
        found: list[tuple[Template, Sequence[str]]] = []
        for kind, path, item in actions_in(message):
            if len(problems) >= VIOLATIONS_MAX:
                break
            reading = _Reading(self._registry, problems, budget)
            read = reading.template(kind, item.action, item.request, path, depth=1)
            if read is not None:
                found.append((read, reading.not_here))
        return found


class _Reading:
    """Reads an action and those nested in it, adds violations to `problems` and names to `not_here`."""

    def __init__(self, registry: Registry, problems: list[Violation], budget: json_text.Budget) -> None:
        self._registry = registry
        self._problems = problems
        self._budget = budget
        self.not_here: list[str] = []

    def template(self, kind: Kind, name: str, text: str, where: str, *, depth: int) -> Template | None:
        action = self._registry.usable(kind, name, where, self._problems, nested=depth > 1)
        if action is None:
            return None
        if isinstance(action, AbsentAction):
            self.not_here.append(name)
        members_read = members.read(action, text, f"{where}.request", self._problems, self._budget)
        if members_read is None:
            return None
        before = len(self._problems)
        tree = self._parsed(members_read, action, where, depth=depth)
        if len(self._problems) > before:
            return None
        return action.template(tree, camel(where), f"{where}.request", self._problems)

    def _parsed(self, tree: JsonObject, action: Action, where: str, *, depth: int) -> dict[str, Tree]:
        """Parse placeholders, also those in the requests of nested actions, whose strings are filled as well."""
        if depth > DEPTH_MAX:
            self._problems.append(Violation(where, f"is nested deeper than {DEPTH_MAX}"))
            return {**tree}
        inner: dict[str, Tree] = {}
        for name, holder in action.holders.items():
            given = tree.get(name)
            if given is None:
                continue
            inner[name] = self._parsed_member(holder.kind, given, f"{where}.request.{name}", depth=depth)
            if len(self._problems) >= VIOLATIONS_MAX:
                return {**tree}
        outer = {name: value for name, value in tree.items() if name not in inner}
        return parse_placeholders(outer, where, self._problems) | inner

    def _parsed_member(self, kind: Kind, given: Json, where: str, *, depth: int) -> Tree:
        """Parse a member that holds actions, until there are too many problems."""
        if not isinstance(given, list):
            return self._parsed_inside(kind, given, where, depth=depth)
        parsed: list[Tree] = []
        for index, item in enumerate(given):
            parsed.append(self._parsed_inside(kind, item, f"{where}[{index}]", depth=depth))
            if len(self._problems) >= VIOLATIONS_MAX:
                break
        return parsed

    def _parsed_inside(self, kind: Kind, item: Json, where: str, *, depth: int) -> Tree:
        found = members.nested(item, where, self._problems)
        if found is None or not isinstance(item, dict):
            return item
        inside = self.template(kind, *found, where, depth=depth + 1)
        return {**item, "request": inside.tree if inside is not None else {}}


def parse_placeholders(tree: JsonObject, where: str, problems: list[Violation]) -> dict[str, Tree]:
    """Return a request with a template.Text for each string with placeholders; add violations to `problems`."""
    try:
        parsed = template.parse_members(tree)
    except template.PlaceholderInName:
        problems.append(Violation(f"{where}.request", "has a placeholder in the name of a member"))
        return {**tree}
    text = f"has a placeholder whose key is empty or longer than {template.KEY_LENGTH_MAX} characters"
    impossible = itertools.islice(template.impossible(parsed), VIOLATIONS_MAX)
    problems += [Violation(f"{where}.request.{path}", text) for path in impossible]
    return parsed
