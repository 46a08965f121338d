"""Refusals of the Auth service; one class per redeem.auth.v1.ErrorReason."""

from grpc import StatusCode

from redeemd.errors import ServiceError

_PACKAGE = "auth"


class KeyNotFound(ServiceError, package=_PACKAGE, status=StatusCode.NOT_FOUND, reason="KEY_NOT_FOUND", component="key"):
    """There is no such key."""


class LastAdminKey(
    ServiceError, package=_PACKAGE, status=StatusCode.FAILED_PRECONDITION, reason="LAST_ADMIN_KEY", component="key"
):
    """This is the last key that can administer the service."""
