"""The actions of the SerialKey service (semantics 2.7)."""

from redeemd.transaction.definition import ActionDefinition, Kind

VERIFY_CODE = "Gs2SerialKey:VerifyCodeByUserId"
USE = "Gs2SerialKey:UseByUserId"
REVERT_USE = "Gs2SerialKey:RevertUseByUserId"
ISSUE_ONCE = "Gs2SerialKey:IssueOnce"

ACTIONS = (
    ActionDefinition(VERIFY_CODE, Kind.VERIFY),
    ActionDefinition(USE, Kind.CONSUME, reverse=REVERT_USE),
    ActionDefinition(REVERT_USE, Kind.ACQUIRE, reverse=USE),
    ActionDefinition(ISSUE_ONCE, Kind.ACQUIRE),
)
