"""Refusals of the Limit service; one class per redeem.limit.v1.ErrorReason."""

from redeemd.errors import Code, ServiceError


class LimitError(ServiceError, package="limit"):
    """Base class of the errors of this service."""


class LimitModelNotFound(LimitError, status=Code.NOT_FOUND, reason="LIMIT_MODEL_NOT_FOUND", component="limitModel"):
    """The current master data has no such limit."""


class LimitModelMasterNotFound(
    LimitError, status=Code.NOT_FOUND, reason="LIMIT_MODEL_MASTER_NOT_FOUND", component="limitModelMaster"
):
    """There is no such limit master."""


class LimitModelMasterAlreadyExists(
    LimitError, status=Code.ALREADY_EXISTS, reason="LIMIT_MODEL_MASTER_ALREADY_EXISTS", component="limitModelMaster"
):
    """A limit master with this name already exists."""


class CurrentLimitMasterNotFound(
    LimitError, status=Code.NOT_FOUND, reason="CURRENT_LIMIT_MASTER_NOT_FOUND", component="currentLimitMaster"
):
    """No master data has been uploaded yet."""


class CounterNotFound(LimitError, status=Code.NOT_FOUND, reason="COUNTER_NOT_FOUND", component="counter"):
    """The player has no such counter."""


class CounterOverflow(
    LimitError,
    status=Code.FAILED_PRECONDITION,
    reason="COUNTER_OVERFLOW",
    component="counter",
    code="limit.counter.overflow",
):
    """The count, {count}, would exceed {max_value}."""


class CounterVerificationFailed(
    LimitError, status=Code.FAILED_PRECONDITION, reason="COUNTER_VERIFICATION_FAILED", component="counter", says_no=True
):
    """The count, {count}, does not satisfy the required comparison with {compared_with}."""
