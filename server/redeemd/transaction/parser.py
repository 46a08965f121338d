"""Reads action requests: from JSON to the request message of the action's RPC, validated by that message's rules."""

from collections.abc import Iterable

from google.protobuf.message import Message

from redeemd.contract import json_text
from redeemd.contract.documented_json import camel, join
from redeemd.errors import VIOLATIONS_MAX, ValidationFailed, Violation
from redeemd.transaction import members
from redeemd.transaction.action import ActionRequest, Template, not_multipliable
from redeemd.transaction.definition import Kind
from redeemd.transaction.holders import HeldAction, actions_in
from redeemd.transaction.limits import VALUES_MAX
from redeemd.transaction.registry import Registry
from redeemd.transaction.template_parser import TemplateParser


class ActionParser:
    """Reads requests without placeholders, and composes requests. `templates` reads those with placeholders."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.templates = TemplateParser(registry)

    def literal(self, message: Message, *, where: str = "", nested: bool = True) -> list[ActionRequest]:
        """Read the actions that a message holds. Raises ValidationFailed.

        Placeholders were replaced before; anything that still looks like one is part of a value. `where` is the path
        of the message, empty for a request. `nested` says whether another action runs them.
        """
        problems: list[Violation] = []
        budget = json_text.Budget(VALUES_MAX)
        found = []
        for kind, path, item in actions_in(message):
            if len(problems) >= VIOLATIONS_MAX:
                break
            place = camel(path)
            at = join(where, place) if where else path
            found.append(self._literal(kind, item, place, at, problems, budget=budget, nested=nested))
        if problems:
            raise ValidationFailed(violations=problems)
        return [each for each in found if each is not None]

    def _literal(
        self,
        kind: Kind,
        item: HeldAction,
        place: str,
        where: str,
        problems: list[Violation],
        *,
        budget: json_text.Budget,
        nested: bool = True,
    ) -> ActionRequest | None:
        action = self.registry.usable(kind, item.action, where, problems, nested=nested)
        tree = None if action is None else members.read(action, item.request, f"{where}.request", problems, budget)
        if action is None or tree is None:
            return None
        return action.read(tree, place, f"{where}.request", problems)

    def build(self, name: str, place: str, **fields: object) -> ActionRequest:
        """Return a request of an action of this server with these fields, which must satisfy the request's rules."""
        return self.registry.local(name).build(place, **fields)

    def has_quantity(self, name: str) -> bool:
        """Return whether the action of this name has a quantity."""
        action = self.registry.find(name, Kind.CONSUME)
        return action is not None and action.definition.quantity is not None

    def require_multipliable(self, templates: Iterable[Template], count: int) -> None:
        """Raise ValidationFailed for actions that would have to be multiplied later and cannot be."""
        for each in templates if count > 1 else ():
            if each.action.definition.quantity is None:
                raise not_multipliable(each.action.definition)

    def multiplied(self, request: ActionRequest, count: int) -> ActionRequest:
        """Return the request that performs an action `count` times in one call. Raises what Action.multiply raises."""
        if count == 1:
            return request

        def nested(kind: Kind, path: str, item: HeldAction, place: str) -> str:
            return self._multiplied_inside(kind, path, item, place, count)

        return request.action.multiply(request, count, nested)

    def _multiplied_inside(self, kind: Kind, path: str, item: HeldAction, place: str, count: int) -> str:
        problems: list[Violation] = []
        at = camel(path)
        budget = json_text.Budget(VALUES_MAX)
        inside = self._literal(kind, item, at, f"{place}.request.{at}", problems, budget=budget)
        if inside is None or problems:
            raise ValidationFailed(violations=problems)
        return self.multiplied(inside, count).text
