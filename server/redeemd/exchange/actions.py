"""The actions of the Exchange service (semantics 3.7)."""

from redeemd.transaction.definition import ActionDefinition, Kind, Quantity

EXCHANGE = "Gs2Exchange:ExchangeByUserId"
INCREMENTAL_EXCHANGE = "Gs2Exchange:IncrementalExchangeByUserId"
CREATE_AWAIT = "Gs2Exchange:CreateAwaitByUserId"
DELETE_AWAIT = "Gs2Exchange:DeleteAwaitByUserId"
ACQUIRE_FORCE = "Gs2Exchange:AcquireForceByUserId"
SKIP = "Gs2Exchange:SkipByUserId"
# The actions that count incremental exchanges, and read the count.
COUNT_UP = "Gs2Limit:CountUpByUserId"
VERIFY_COUNTER = "Gs2Limit:VerifyCounterByUserId"

ACTIONS = (
    ActionDefinition(DELETE_AWAIT, Kind.CONSUME),
    ActionDefinition(EXCHANGE, Kind.ACQUIRE, Quantity("count"), nests=True),
    ActionDefinition(INCREMENTAL_EXCHANGE, Kind.ACQUIRE, Quantity("count"), nests=True),
    ActionDefinition(CREATE_AWAIT, Kind.ACQUIRE, Quantity("count", default=1)),
    ActionDefinition(ACQUIRE_FORCE, Kind.ACQUIRE, nests=True),
    ActionDefinition(SKIP, Kind.ACQUIRE, Quantity("minutes")),
)
