"""Refusals of the Limit service; one class per redeem.limit.v1.ErrorReason."""

from grpc import StatusCode

from redeemd.errors import ServiceError

_PACKAGE = "limit"


class LimitModelNotFound(
    ServiceError, package=_PACKAGE, status=StatusCode.NOT_FOUND, reason="LIMIT_MODEL_NOT_FOUND", component="limitModel"
):
    """The current master data has no such limit."""


class LimitModelMasterNotFound(
    ServiceError,
    package=_PACKAGE,
    status=StatusCode.NOT_FOUND,
    reason="LIMIT_MODEL_MASTER_NOT_FOUND",
    component="limitModelMaster",
):
    """There is no such limit master."""


class LimitModelMasterAlreadyExists(
    ServiceError,
    package=_PACKAGE,
    status=StatusCode.ALREADY_EXISTS,
    reason="LIMIT_MODEL_MASTER_ALREADY_EXISTS",
    component="limitModelMaster",
):
    """A limit master with this name already exists."""


class CurrentLimitMasterNotFound(
    ServiceError,
    package=_PACKAGE,
    status=StatusCode.NOT_FOUND,
    reason="CURRENT_LIMIT_MASTER_NOT_FOUND",
    component="currentLimitMaster",
):
    """No master data has been uploaded yet."""


class CounterNotFound(
    ServiceError, package=_PACKAGE, status=StatusCode.NOT_FOUND, reason="COUNTER_NOT_FOUND", component="counter"
):
    """The player has no such counter."""


class CounterOverflow(
    ServiceError,
    package=_PACKAGE,
    status=StatusCode.FAILED_PRECONDITION,
    reason="COUNTER_OVERFLOW",
    component="counter",
    code="limit.counter.overflow",
):
    """The count, {count}, would exceed {max_value}."""


class CounterVerificationFailed(
    ServiceError,
    package=_PACKAGE,
    status=StatusCode.FAILED_PRECONDITION,
    reason="COUNTER_VERIFICATION_FAILED",
    component="counter",
    says_no=True,
):
    """The count, {count}, does not satisfy the required comparison with {compared_with}."""
