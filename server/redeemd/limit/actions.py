"""The actions of the Limit service (semantics 4.7)."""

from redeemd.transaction.registry import ActionSpec, Kind, Quantity

_UP, _DOWN = "Gs2Limit:CountUpByUserId", "Gs2Limit:CountDownByUserId"

ACTIONS = (
    ActionSpec("Gs2Limit:VerifyCounterByUserId", Kind.VERIFY, Quantity("count", default=0)),
    ActionSpec(_UP, Kind.CONSUME, Quantity("count_up_value", default=1), reverse=_DOWN),
    ActionSpec(_DOWN, Kind.ACQUIRE, Quantity("count_down_value", default=1), reverse=_UP),
    ActionSpec("Gs2Limit:DeleteCounterByUserId", Kind.ACQUIRE),
)
