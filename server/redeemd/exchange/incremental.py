"""The parts of an incremental exchange: its price by a formula, and the actions that count it."""

from redeem.exchange.v1 import resources_pb2

from redeemd.errors import ValidationFailed
from redeemd.exchange import pricing
from redeemd.exchange.actions import COUNT_UP, VERIFY_COUNTER
from redeemd.exchange.definition import limit_of
from redeemd.exchange.errors import ExchangesExhausted, PriceTooHigh
from redeemd.exchange.pricing import Calculation
from redeemd.rpc.call import Call
from redeemd.transaction.action import ActionRequest
from redeemd.transaction.parser import ActionParser

IncrementalModel = resources_pb2.IncrementalRateModel


def verify_count(
    parser: ActionParser, call: Call[object], model: IncrementalModel, verify_type: int, count: int
) -> ActionRequest:
    """Return the action that compares the number of exchanges. Raises ExchangesExhausted if none is possible."""
    return parser.build(
        VERIFY_COUNTER, "verifyActions[0]", **_counter(call, model), verify_type=verify_type, count=count
    )


def count_up(
    parser: ActionParser, call: Call[object], model: IncrementalModel, count: int, *, at_most: int
) -> ActionRequest:
    """Return the action that counts the exchanges. Raises ExchangesExhausted if none is possible."""
    return parser.build(
        COUNT_UP,
        "consumeActions[0]",
        **_counter(call, model),
        count_up_value=count,
        max_value=at_most,
    )


def priced(request: ActionRequest, price: int) -> ActionRequest:
    """Return the action that pays a price. Raises PriceTooHigh."""
    try:
        return request.action.with_quantity(request._replace(place="consumeActions[1]"), price)
    except ValidationFailed:
        raise PriceTooHigh(price=str(price)) from None


def formula(model: IncrementalModel, *, before: int, count: int) -> int:
    """Return the price of exchanges by a formula. Raises PriceTooHigh."""
    try:
        return pricing.price(
            Calculation(model.calculate_type),
            base=model.base_value,
            coefficient=model.coefficient_value,
            before=before,
            count=count,
        )
    except pricing.PriceTooHigh as error:
        raise PriceTooHigh(price=str(error.price)) from None


def _counter(call: Call[object], model: IncrementalModel) -> dict[str, str]:
    """Return the counter that counts the exchanges; it has the rate's name (semantics 12.20)."""
    if not model.maximum_exchange_count:
        raise ExchangesExhausted
    limit = limit_of(model.exchange_count_id)
    assert limit is not None, "checked when the master data was uploaded"
    namespace_name, limit_name = limit
    return {
        "namespace_name": namespace_name,
        "limit_name": limit_name,
        "counter_name": model.name,
        "user_id": call.player,
    }
