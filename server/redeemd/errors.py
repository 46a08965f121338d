"""Refusals: what a call can be answered instead of a reply.

One small class per ErrorReason of the contract. The docstring is the message template, the keyword arguments are the
metadata. Only rpc/bind.py turns them into what goes over the wire.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

DOMAIN = "redeemd"
VIOLATIONS_MAX = 20  # error details travel as metadata, which clients bound to 8 KiB
VIOLATION_TEXT_MAX = 160

_OVERLOAD_RETRY_MS = 200
_STORE_RETRY_MS = 500
_CHECKOUT_RETRY_MS = 5000
_JOB_RETRY_MS = 200


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that breaks a rule. error_type is the documented kind: invalid, require, tooLong, tooMany, ..."""

    field: str
    description: str
    error_type: str = "invalid"


class ServiceError(Exception):
    """A refusal. Subclasses declare their status, reason and, where the documents have them, component and code."""

    CATALOGUE: ClassVar[dict[tuple[str, str], type["ServiceError"]]] = {}  # by contract package and reason

    status: ClassVar[StatusCode]
    reason: ClassVar[str]
    component: ClassVar[str | None]
    documented_code: ClassVar[str | None]
    retry_after_ms: int | None  # of the class, unless an instance knows better
    says_no: ClassVar[bool]

    def __init_subclass__(
        cls,
        *,
        status: StatusCode,
        reason: str,
        package: str = "common",
        component: str | None = None,
        code: str | None = None,
        retry_after_ms: int | None = None,
        says_no: bool = False,
    ) -> None:
        """Declare a refusal. With `says_no` it is how a verify action answers that something does not hold; any other
        one means that it could not tell.
        """
        if ServiceError.CATALOGUE.setdefault((package, reason), cls) is not cls:
            raise TypeError(f"{package} {reason} is declared twice")
        cls.status, cls.reason, cls.component, cls.documented_code = status, reason, component, code
        cls.retry_after_ms, cls.says_no = retry_after_ms, says_no

    def __init__(self, *, violations: Sequence[Violation] = (), **metadata: str) -> None:
        documented = {"component": self.component, "code": self.documented_code}
        self.metadata = {name: value for name, value in documented.items() if value is not None} | metadata
        self.violations = violations
        super().__init__((self.__doc__ or "").format(**self.metadata))

    def to_status(self, request_id: str) -> status_pb2.Status:
        """Render as google.rpc.Status with ErrorInfo, BadRequest where fields are wrong, RetryInfo where it helps."""
        number: int = self.status.value[0]
        status = status_pb2.Status(code=number, message=str(self))
        info = error_details_pb2.ErrorInfo(reason=self.reason, domain=DOMAIN, metadata=self.metadata)
        info.metadata["request_id"] = request_id
        _pack(status.details.add(), info)
        if self.violations:
            bad = error_details_pb2.BadRequest()
            for violation in self.violations[:VIOLATIONS_MAX]:
                bad.field_violations.add(
                    field=violation.field[:VIOLATION_TEXT_MAX],
                    description=violation.description[:VIOLATION_TEXT_MAX],
                    reason=violation.error_type,
                )
            _pack(status.details.add(), bad)
        if self.retry_after_ms is not None:
            delay = duration_pb2.Duration()
            delay.FromMilliseconds(self.retry_after_ms)
            _pack(status.details.add(), error_details_pb2.RetryInfo(retry_delay=delay))
        return status


def _pack(
    into: any_pb2.Any,
    detail: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest | error_details_pb2.RetryInfo,
) -> None:
    into.Pack(detail)


class ValidationFailed(ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="VALIDATION_FAILED"):
    """One or more fields break a rule."""


class RequestMalformed(ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="REQUEST_MALFORMED"):
    """The bytes of the request are not a message of its type."""


class PageTokenInvalid(
    ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="PAGE_TOKEN_INVALID", component="pageToken"
):
    """The page token was not made by this service for this query."""


class MasterDataInvalid(
    ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="MASTER_DATA_INVALID", component="settings"
):
    """The master data document breaks a rule ({error_type})."""


class IdempotencyKeyReused(
    ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="IDEMPOTENCY_KEY_REUSED", component="duplicationAvoider"
):
    """The idempotency key came before with other arguments."""


class CredentialMissing(ServiceError, status=StatusCode.UNAUTHENTICATED, reason="CREDENTIAL_MISSING"):
    """The method needs {needs}."""


class CredentialInvalid(ServiceError, status=StatusCode.UNAUTHENTICATED, reason="CREDENTIAL_INVALID"):
    """The {kind} is not valid."""


class RoleNotAllowed(ServiceError, status=StatusCode.PERMISSION_DENIED, reason="ROLE_NOT_ALLOWED"):
    """The role {role} may not call this method ({access})."""


class NamespaceNotAllowed(
    ServiceError, status=StatusCode.PERMISSION_DENIED, reason="NAMESPACE_NOT_ALLOWED", component="namespace"
):
    """The key is limited to other namespaces."""


class ForwardedCallRefused(ServiceError, status=StatusCode.PERMISSION_DENIED, reason="FORWARDED_CALL_REFUSED"):
    """A server with --auth off takes no calls that came through a proxy or a web page ({header})."""


class TimeOffsetDisabled(ServiceError, status=StatusCode.PERMISSION_DENIED, reason="TIME_OFFSET_DISABLED"):
    """Time offsets are switched off in this server's configuration."""


class NamespaceNotFound(ServiceError, status=StatusCode.NOT_FOUND, reason="NAMESPACE_NOT_FOUND", component="namespace"):
    """There is no such namespace."""


class NamespaceAlreadyExists(
    ServiceError, status=StatusCode.ALREADY_EXISTS, reason="NAMESPACE_ALREADY_EXISTS", component="namespace"
):
    """There is a namespace of this name."""


class Conflict(ServiceError, status=StatusCode.ABORTED, reason="CONFLICT"):
    """Another call changed the same thing at the same time."""


class Overloaded(
    ServiceError,
    status=StatusCode.RESOURCE_EXHAUSTED,
    reason="OVERLOADED",
    retry_after_ms=_OVERLOAD_RETRY_MS,
):
    """Too many calls are waiting."""


class Contention(
    ServiceError,
    status=StatusCode.RESOURCE_EXHAUSTED,
    reason="CONTENTION",
    retry_after_ms=_OVERLOAD_RETRY_MS,
):
    """Too many calls about the same player are waiting, or this one waited too long; nothing was changed."""


class NotCommitted(ServiceError, status=StatusCode.UNAVAILABLE, reason="NOT_COMMITTED", retry_after_ms=_STORE_RETRY_MS):
    """The store rolled the call back; nothing was changed."""


class OutcomeUnknown(ServiceError, status=StatusCode.UNAVAILABLE, reason="OUTCOME_UNKNOWN"):
    """The commit failed; the change is there or it is not."""


class StoreUnavailable(
    ServiceError, status=StatusCode.UNAVAILABLE, reason="STORE_UNAVAILABLE", retry_after_ms=_STORE_RETRY_MS
):
    """The store cannot be reached."""


class UploadNotFound(ServiceError, status=StatusCode.NOT_FOUND, reason="UPLOAD_NOT_FOUND", component="uploadToken"):
    """No finished upload has this token."""


class FilesNotServed(ServiceError, status=StatusCode.FAILED_PRECONDITION, reason="FILES_NOT_SERVED"):
    """This server has no HTTP side, and no public URL, for files."""


class CheckoutKeyNotFound(
    ServiceError, status=StatusCode.NOT_FOUND, reason="CHECKOUT_KEY_NOT_FOUND", component="apiKey"
):
    """The configuration has no GitHub key of this id."""


class CheckoutRefused(
    ServiceError, status=StatusCode.FAILED_PRECONDITION, reason="CHECKOUT_REFUSED", component="checkoutSetting"
):
    """GitHub refused the checkout with status {http_status}."""


class CheckoutUnavailable(
    ServiceError,
    status=StatusCode.UNAVAILABLE,
    reason="CHECKOUT_UNAVAILABLE",
    component="checkoutSetting",
    retry_after_ms=_CHECKOUT_RETRY_MS,
):
    """GitHub cannot be reached, or wants no more calls for now."""


class UserDataJobNotFound(ServiceError, status=StatusCode.NOT_FOUND, reason="USER_DATA_JOB_NOT_FOUND"):
    """Nobody started this {component}."""


class UserDataJobRunning(
    ServiceError,
    status=StatusCode.FAILED_PRECONDITION,
    reason="USER_DATA_JOB_RUNNING",
    retry_after_ms=_JOB_RETRY_MS,
):
    """This {component} has not finished yet."""


class UserDataInvalid(ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="USER_DATA_INVALID", component="import"):
    """The upload is not a dump of this player made by this service."""


class CallFenced(
    ServiceError, status=StatusCode.FAILED_PRECONDITION, reason="CALL_FENCED", component="duplicationAvoider"
):
    """GetOutcome with fence came before this call."""


class ScriptNotSupported(
    ServiceError, status=StatusCode.UNIMPLEMENTED, reason="SCRIPT_NOT_SUPPORTED", component="namespace"
):
    """A script would have to run, and redeemd runs none."""


class Internal(ServiceError, status=StatusCode.INTERNAL, reason="INTERNAL"):
    """An unexpected error; see the log under the request id."""


def let_go(error: BaseException | None) -> None:
    """Part an error, and those it came of, from the frames that they came through.

    They hold each other, so that only the garbage collector would remove them, and it stops everybody meanwhile: with
    many calls waiting and many refused, for half a second every minute.
    """
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


class Unreserved(Exception):
    """What a body does needs something that has to be reserved outside its transaction. Not a refusal.

    `reserve` does that, and raises a refusal where it cannot be had; then the body runs anew.
    """

    def __init__(self, reserve: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self.reserve = reserve


class StaleNamespace(Exception):
    """A namespace that was looked up before the transaction is gone; the call may be prepared anew. Not a refusal."""
