"""Refusals of the Auth service; one class per redeem.auth.v1.ErrorReason."""

from redeemd.errors import Code, ServiceError


class AuthError(ServiceError, package="auth"):
    """Base class of the errors of this service."""


class KeyNotFound(AuthError, status=Code.NOT_FOUND, reason="KEY_NOT_FOUND", component="key"):
    """There is no such key."""


class LastAdminKey(AuthError, status=Code.FAILED_PRECONDITION, reason="LAST_ADMIN_KEY", component="key"):
    """This is the last key that can administer the service."""
