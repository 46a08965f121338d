"""The actions of the SerialKey service (semantics 2.7)."""

from redeemd.transaction.registry import ActionSpec, Kind

VERIFY_CODE = "Gs2SerialKey:VerifyCodeByUserId"
USE = "Gs2SerialKey:UseByUserId"
REVERT_USE = "Gs2SerialKey:RevertUseByUserId"
ISSUE_ONCE = "Gs2SerialKey:IssueOnce"

ACTIONS = (
    ActionSpec(VERIFY_CODE, Kind.VERIFY),
    ActionSpec(USE, Kind.CONSUME, reverse=REVERT_USE),
    ActionSpec(REVERT_USE, Kind.ACQUIRE, reverse=USE),
    ActionSpec(ISSUE_ONCE, Kind.ACQUIRE),
)
