"""The actions of the Limit service (semantics 4.7)."""

from redeemd.transaction.definition import ActionDefinition, Kind, Quantity

VERIFY_COUNTER = "Gs2Limit:VerifyCounterByUserId"
COUNT_UP = "Gs2Limit:CountUpByUserId"
COUNT_DOWN = "Gs2Limit:CountDownByUserId"
DELETE_COUNTER = "Gs2Limit:DeleteCounterByUserId"

ACTIONS = (
    ActionDefinition(VERIFY_COUNTER, Kind.VERIFY, Quantity("count", default=0)),
    ActionDefinition(COUNT_UP, Kind.CONSUME, Quantity("count_up_value", default=1), reverse=COUNT_DOWN),
    ActionDefinition(COUNT_DOWN, Kind.ACQUIRE, Quantity("count_down_value", default=1), reverse=COUNT_UP),
    ActionDefinition(DELETE_COUNTER, Kind.ACQUIRE),
)
