"""The actions of the Transaction service itself: verify actions joined by and, or, if."""

from redeemd.transaction.registry import ActionSpec, Kind

ACTIONS = (
    ActionSpec("Gs2Distributor:AndExpressionByUserId", Kind.VERIFY, nests=True),
    ActionSpec("Gs2Distributor:OrExpressionByUserId", Kind.VERIFY, nests=True),
    ActionSpec("Gs2Distributor:IfExpressionByUserId", Kind.CONSUME, nests=True),
)
