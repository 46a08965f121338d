"""Refusals of the Transaction service; one class per redeem.transaction.v1.ErrorReason."""

from grpc import StatusCode

from redeemd.errors import ServiceError


class MethodNotFound(
    ServiceError,
    package="transaction",
    status=StatusCode.NOT_FOUND,
    reason="METHOD_NOT_FOUND",
    component="method",
):
    """There is no method of this name that takes idempotency keys."""
