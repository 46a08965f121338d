"""Reads the members of an action's request, from the JSON text of a caller or of master data."""

from redeemd.contract import json_text
from redeemd.contract.json_text import Json, JsonObject
from redeemd.errors import Violation
from redeemd.transaction.action import Action


def read(
    action: Action, text: str, where: str, problems: list[Violation], budget: json_text.Budget
) -> JsonObject | None:
    """Return the members of a request that have an effect, or None if it is not an object."""
    try:
        tree = json_text.read(text, budget)
    except json_text.JsonError as error:
        problems.append(Violation(where, str(error)))
        return None
    if not isinstance(tree, dict):
        problems.append(Violation(where, "must be an object"))
        return None
    return action.effective(tree)


def nested(item: Json, where: str, problems: list[Violation]) -> tuple[str, str] | None:
    """Return the name and the request text of an action inside a request, or None and a violation."""
    if not isinstance(item, dict) or not isinstance(item.get("action"), str):
        problems.append(Violation(where, "must be an object with an action and a request"))
        return None
    request = item.get("request")
    text = json_text.write(request) if isinstance(request, dict) else request
    if not isinstance(text, str):
        problems.append(Violation(f"{where}.request", "must be a string"))
        return None
    return str(item["action"]), text
