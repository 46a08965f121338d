"""The actions of the Transaction service itself: verify actions joined by and, or, if."""

from redeemd.transaction.definition import ActionDefinition, Kind

_DISTRIBUTOR = frozenset({"namespaceName"})  # of the vendor's Distributor service, whose namespaces do not exist here

ACTIONS = (
    ActionDefinition("Gs2Distributor:AndExpressionByUserId", Kind.VERIFY, nests=True, ignored=_DISTRIBUTOR),
    ActionDefinition("Gs2Distributor:OrExpressionByUserId", Kind.VERIFY, nests=True, ignored=_DISTRIBUTOR),
    ActionDefinition("Gs2Distributor:IfExpressionByUserId", Kind.CONSUME, nests=True, ignored=_DISTRIBUTOR),
)
