"""The actions of the Exchange service (semantics 3.7)."""

from redeemd.transaction.registry import ActionSpec, Kind, Quantity

CREATE_AWAIT = "Gs2Exchange:CreateAwaitByUserId"
DELETE_AWAIT = "Gs2Exchange:DeleteAwaitByUserId"
COUNT_UP = "Gs2Limit:CountUpByUserId"  # what counts incremental exchanges

ACTIONS = (
    ActionSpec(DELETE_AWAIT, Kind.CONSUME),
    ActionSpec("Gs2Exchange:ExchangeByUserId", Kind.ACQUIRE, Quantity("count")),
    ActionSpec("Gs2Exchange:IncrementalExchangeByUserId", Kind.ACQUIRE, Quantity("count")),
    ActionSpec(CREATE_AWAIT, Kind.ACQUIRE, Quantity("count", default=1)),
    ActionSpec("Gs2Exchange:AcquireForceByUserId", Kind.ACQUIRE),
    ActionSpec("Gs2Exchange:SkipByUserId", Kind.ACQUIRE, Quantity("minutes")),
)
