"""Quantities of actions: the field of a request that is multiplied when its action is (semantics 5.3)."""

from typing import Any

from redeemd.contract import validation
from redeemd.errors import ServiceError, ValidationFailed, Violation
from redeemd.transaction import external
from redeemd.transaction.action_request import ActionRequest, refused
from redeemd.transaction.registry import Action, Kind

_INT32_MAX = 2**31 - 1


def set_quantity(action: Action, request: Any, value: int, place: str) -> None:
    """Set the quantity of an action's request. Raises ValidationFailed if the action does not allow that much."""
    quantity = action.spec.quantity
    assert quantity is not None, f"{action.spec.name} has a quantity"
    if value > _INT32_MAX:
        raise refused(action, place, [Violation(quantity.field, f"would be {value}")])
    setattr(request, quantity.field, value)
    problems = validation.violations(request)
    if problems:
        raise refused(action, place, problems)


def multiplied_foreign(asked: ActionRequest, count: int) -> ActionRequest:
    """Multiply an action of a handler. Raises ValidationFailed if it cannot be multiplied."""
    if asked.action.spec.quantity is not None:
        return external.multiplied(asked, count)
    if asked.action.spec.kind != Kind.VERIFY:
        raise not_multipliable(asked.action)
    return asked


def not_multipliable(action: Action) -> ServiceError:
    """Return the refusal of semantics 12.11."""
    text = f"must be 1, because {action.spec.name} cannot be multiplied"
    return ValidationFailed(component="rateModel", violations=[Violation("count", text)])
