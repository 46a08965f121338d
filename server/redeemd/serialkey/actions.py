"""The actions of the SerialKey service (semantics 2.7)."""

from redeemd.transaction.registry import ActionSpec, Kind

_USE, _REVERT = "Gs2SerialKey:UseByUserId", "Gs2SerialKey:RevertUseByUserId"

ACTIONS = (
    ActionSpec("Gs2SerialKey:VerifyCodeByUserId", Kind.VERIFY),
    ActionSpec(_USE, Kind.CONSUME, reverse=_REVERT),
    ActionSpec(_REVERT, Kind.ACQUIRE, reverse=_USE),
    ActionSpec("Gs2SerialKey:IssueOnce", Kind.ACQUIRE),
)
