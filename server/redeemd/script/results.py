"""Reads the results of scripts, whose values may be of any type. All functions raise Failure for one that is wrong."""

import math
from typing import NoReturn

from redeemd.script.outcome import Failure, Outcome, Problem

COST_MAX = 9_223_372_036_854_775_805  # the documented maximum
RATE_MAX = 1000  # the documented maximum
_RATE_MODES = (None, "", "float")


def permit(outcome: Outcome) -> bool:
    """Return whether a trigger permits the call."""
    if not isinstance(outcome.permit, bool):
        refuse("permit must be true or false")
    return outcome.permit


def price(outcome: Outcome) -> int:
    """Return the price that a script computed: a whole number."""
    if outcome.log_cost is not None:
        refuse("logCost is not supported")
    if outcome.actions:
        refuse("a script that computes a price cannot add actions")
    value = _whole(outcome.cost)
    if value is None or not 0 <= value <= COST_MAX:
        refuse(f"cost must be a whole number from 0 to {COST_MAX}")
    return value


def rate(outcome: Outcome) -> float:
    """Return what the reward of an exchange is multiplied by; 1 if the script does not say."""
    if outcome.rate_mode not in _RATE_MODES or outcome.log_rate is not None:
        refuse("rateMode must be float: logRate is not supported")
    value = 1 if outcome.rate is None else outcome.rate
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= RATE_MAX:
        refuse(f"rate must be a number from 0 to {RATE_MAX}")
    return value


def scaled(quantity: int, by: float) -> int:
    """Return a quantity multiplied and rounded down."""
    return math.floor(quantity * by)


def _whole(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def refuse(detail: str) -> NoReturn:
    """Raise Failure for a result."""
    raise Failure(Problem.RESULT, detail)
