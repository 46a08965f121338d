"""The errors with which a call can be refused.

One small class per ErrorReason of the contract. The docstring is the message template, the keyword arguments are the
metadata. Only rpc/refusals.py converts them to their wire format.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

VIOLATIONS_MAX = 20

_OVERLOAD_RETRY_MS = 200
_STORE_RETRY_MS = 500
_CHECKOUT_RETRY_MS = 5000
_JOB_RETRY_MS = 200
_PROVIDER_RETRY_MS = 10_000


class Code(IntEnum):
    """The kinds of failures, with the numbers of google.rpc.Code."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class Violation:
    """A field that violates a rule. error_type is the documented type: invalid, require, tooLong, tooMany, ..."""

    field: str
    description: str
    error_type: str = "invalid"


class ServiceError(Exception):
    """Base class of errors. Subclasses declare a status, a reason and, if documented, a component and code."""

    CATALOGUE: ClassVar[dict[tuple[str, str], type["ServiceError"]]] = {}  # by contract package and reason

    package: ClassVar[str] = "common"  # of the contract; a service declares it once, in the base class of its errors
    status: ClassVar[Code]
    reason: ClassVar[str]
    component: ClassVar[str | None]
    documented_code: ClassVar[str | None]
    retry_after_ms: int | None  # an instance may override that of the class
    says_no: ClassVar[bool]

    def __init_subclass__(
        cls,
        *,
        package: str | None = None,
        status: Code | None = None,
        reason: str = "",
        component: str | None = None,
        code: str | None = None,
        retry_after_ms: int | None = None,
        says_no: bool = False,
    ) -> None:
        """Declare an error with a status and a reason, or the base class of a package's errors.

        A verify action raises an error with `says_no` when its condition is false; any other error means that the
        condition could not be evaluated.
        """
        if package is not None:
            cls.package = package
            return
        if status is None or not reason:
            raise TypeError(f"{cls.__name__} needs a status and a reason")
        if ServiceError.CATALOGUE.setdefault((cls.package, reason), cls) is not cls:
            raise TypeError(f"{cls.package} {reason} is declared twice")
        cls.status, cls.reason, cls.component, cls.documented_code = status, reason, component, code
        cls.retry_after_ms, cls.says_no = retry_after_ms, says_no

    def __init__(self, *, violations: Sequence[Violation] = (), **metadata: str) -> None:
        documented = {"component": self.component, "code": self.documented_code}
        self.metadata = {name: value for name, value in documented.items() if value is not None} | metadata
        self.violations = violations
        super().__init__((self.__doc__ or "").format(**self.metadata))


class ValidationFailed(ServiceError, status=Code.INVALID_ARGUMENT, reason="VALIDATION_FAILED"):
    """One or more fields violate a rule."""


class RequestMalformed(ServiceError, status=Code.INVALID_ARGUMENT, reason="REQUEST_MALFORMED"):
    """The request is not a valid message of its type."""


class RequestTooLarge(ServiceError, status=Code.INVALID_ARGUMENT, reason="REQUEST_TOO_LARGE"):
    """The request has {bytes} bytes; this method accepts at most {bytes_max}."""


class MessageTimeout(ServiceError, status=Code.DEADLINE_EXCEEDED, reason="MESSAGE_TIMEOUT"):
    """The next message of the call did not arrive in time."""


class ServerDraining(
    ServiceError, status=Code.UNAVAILABLE, reason="SERVER_DRAINING", retry_after_ms=_OVERLOAD_RETRY_MS
):
    """The server shuts down; all items that it received have outcomes, and others can be sent to another server."""


class PageTokenInvalid(ServiceError, status=Code.INVALID_ARGUMENT, reason="PAGE_TOKEN_INVALID", component="pageToken"):
    """The page token was not issued by this service for this query."""


class MasterDataInvalid(ServiceError, status=Code.INVALID_ARGUMENT, reason="MASTER_DATA_INVALID", component="settings"):
    """The master data document violates a rule ({error_type})."""


class MasterDataChanged(ServiceError, status=Code.ABORTED, reason="MASTER_DATA_CHANGED", component="settings"):
    """The document in force has revision {revision}, not {expected_revision}: another call has replaced it."""


class IdempotencyKeyReused(
    ServiceError, status=Code.INVALID_ARGUMENT, reason="IDEMPOTENCY_KEY_REUSED", component="duplicationAvoider"
):
    """The idempotency key was already used with other arguments."""


class CredentialMissing(ServiceError, status=Code.UNAUTHENTICATED, reason="CREDENTIAL_MISSING"):
    """The method requires {needs}."""


class CredentialInvalid(ServiceError, status=Code.UNAUTHENTICATED, reason="CREDENTIAL_INVALID"):
    """The {kind} is not valid."""


class IdentityProviderUnavailable(
    ServiceError, status=Code.UNAVAILABLE, reason="IDENTITY_PROVIDER_UNAVAILABLE", retry_after_ms=_PROVIDER_RETRY_MS
):
    """The keys of the identity provider that issued the token cannot be fetched."""


class RoleNotAllowed(ServiceError, status=Code.PERMISSION_DENIED, reason="ROLE_NOT_ALLOWED"):
    """The role {role} may not call this method ({access})."""


class NamespaceNotAllowed(
    ServiceError, status=Code.PERMISSION_DENIED, reason="NAMESPACE_NOT_ALLOWED", component="namespace"
):
    """The key is limited to other namespaces."""


class ForwardedCallRefused(ServiceError, status=Code.PERMISSION_DENIED, reason="FORWARDED_CALL_REFUSED"):
    """A server with --auth off refuses calls from a proxy or a web page ({header})."""


class TimeOffsetDisabled(ServiceError, status=Code.PERMISSION_DENIED, reason="TIME_OFFSET_DISABLED"):
    """Time offsets are disabled in this server's configuration."""


class NamespaceNotFound(ServiceError, status=Code.NOT_FOUND, reason="NAMESPACE_NOT_FOUND", component="namespace"):
    """The namespace does not exist."""


class NamespaceAlreadyExists(
    ServiceError, status=Code.ALREADY_EXISTS, reason="NAMESPACE_ALREADY_EXISTS", component="namespace"
):
    """A namespace with this name already exists."""


class Conflict(ServiceError, status=Code.ABORTED, reason="CONFLICT"):
    """Another call changed the same thing at the same time."""


class Overloaded(
    ServiceError,
    status=Code.RESOURCE_EXHAUSTED,
    reason="OVERLOADED",
    retry_after_ms=_OVERLOAD_RETRY_MS,
):
    """Too many calls are in progress ({scope}); nothing was changed."""


class Contention(
    ServiceError,
    status=Code.RESOURCE_EXHAUSTED,
    reason="CONTENTION",
    retry_after_ms=_OVERLOAD_RETRY_MS,
):
    """Too many calls for the same player are waiting, or this one waited too long; nothing was changed."""


class NotCommitted(ServiceError, status=Code.UNAVAILABLE, reason="NOT_COMMITTED", retry_after_ms=_STORE_RETRY_MS):
    """The store rolled back the call; nothing was changed."""


class OutcomeUnknown(ServiceError, status=Code.UNAVAILABLE, reason="OUTCOME_UNKNOWN"):
    """The commit failed; the change may or may not have been made."""


class StoreUnavailable(
    ServiceError, status=Code.UNAVAILABLE, reason="STORE_UNAVAILABLE", retry_after_ms=_STORE_RETRY_MS
):
    """The store cannot be reached."""


class UploadNotFound(ServiceError, status=Code.NOT_FOUND, reason="UPLOAD_NOT_FOUND", component="uploadToken"):
    """No finished upload has this token."""


class FilesNotServed(ServiceError, status=Code.FAILED_PRECONDITION, reason="FILES_NOT_SERVED"):
    """This server serves no files: it has neither an HTTP address nor a public URL."""


class CheckoutKeyNotFound(ServiceError, status=Code.NOT_FOUND, reason="CHECKOUT_KEY_NOT_FOUND", component="apiKey"):
    """The configuration has no GitHub key with this id."""


class CheckoutRefused(
    ServiceError, status=Code.FAILED_PRECONDITION, reason="CHECKOUT_REFUSED", component="checkoutSetting"
):
    """GitHub refused the checkout with status {http_status}."""


class CheckoutUnavailable(
    ServiceError,
    status=Code.UNAVAILABLE,
    reason="CHECKOUT_UNAVAILABLE",
    component="checkoutSetting",
    retry_after_ms=_CHECKOUT_RETRY_MS,
):
    """GitHub cannot be reached, or its rate limit is exceeded."""


class UserDataJobNotFound(ServiceError, status=Code.NOT_FOUND, reason="USER_DATA_JOB_NOT_FOUND"):
    """No {component} job was started."""


class UserDataJobRunning(
    ServiceError,
    status=Code.FAILED_PRECONDITION,
    reason="USER_DATA_JOB_RUNNING",
    retry_after_ms=_JOB_RETRY_MS,
):
    """The {component} job has not finished yet."""


class UserDataInvalid(ServiceError, status=Code.INVALID_ARGUMENT, reason="USER_DATA_INVALID", component="import"):
    """The upload is not a dump of this player made by this service."""


class CallFenced(ServiceError, status=Code.FAILED_PRECONDITION, reason="CALL_FENCED", component="duplicationAvoider"):
    """A GetOutcome call with fence closed this idempotency key before this call."""


class ScriptNotSupported(ServiceError, status=Code.UNIMPLEMENTED, reason="SCRIPT_NOT_SUPPORTED", component="namespace"):
    """A script would have to run, but the server has no scripts, or it is one after an event."""


class Internal(ServiceError, status=Code.INTERNAL, reason="INTERNAL"):
    """An unexpected error; see the log entry with this request id."""


def drop_tracebacks(error: BaseException | None) -> None:
    """Clear the tracebacks of an exception and its causes.

    Frames and exceptions reference each other, so only the cyclic garbage collector would free them, and its pauses
    stop every call: with many calls waiting and many refused, for half a second every minute.
    """
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


class ReservationRequired(Exception):
    """Raised when a body needs something that has to be reserved outside its transaction. Not a refusal.

    `reserve` makes the reservation, or raises a refusal; then the body runs again.
    """

    def __init__(self, reserve: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self.reserve = reserve


class StaleNamespace(Exception):
    """A namespace found before the transaction no longer exists; the call can be prepared again. Not a refusal."""
