"""Reads the members of an action's request that have an effect, from the JSON text of a caller or of master data."""

from typing import Any

from redeemd.contract import json_text
from redeemd.errors import Violation
from redeemd.transaction.registry import Action

# Members that the vendor's clients add to all requests; no RPC here has a field with one of these names.
_OF_CLIENTS = frozenset({"contextStack", "requestId"})


def read(
    action: Action, text: str, where: str, problems: list[Violation], budget: json_text.Budget
) -> dict[str, Any] | None:
    """Return the members of a request that have an effect, or None if it is not an object. A handler gets all."""
    tree = _json(text, where, problems, budget)
    if tree is None or action.foreign:
        return tree
    ignored = _OF_CLIENTS | action.spec.ignored
    return {name: value for name, value in tree.items() if value is not None and name not in ignored}


def nested(item: Any, where: str, problems: list[Violation]) -> tuple[str, str] | None:
    """Return the name and the request text of an action inside a request, or None and a violation."""
    if not isinstance(item, dict) or not isinstance(item.get("action"), str):
        problems.append(Violation(where, "must be an object with an action and a request"))
        return None
    request = item.get("request")
    text = json_text.write(request) if isinstance(request, dict) else request
    if not isinstance(text, str):
        problems.append(Violation(f"{where}.request", "must be a string"))
        return None
    return item["action"], text


def _json(text: str, where: str, problems: list[Violation], budget: json_text.Budget) -> dict[str, Any] | None:
    try:
        tree = json_text.read(text, budget)
    except json_text.JsonError as error:
        problems.append(Violation(where, str(error)))
        return None
    if not isinstance(tree, dict):
        problems.append(Violation(where, "must be an object"))
        return None
    return tree
