"""The errors with which a call can be refused.

One small class per ErrorReason of the contract. The docstring is the message template, the keyword arguments are the
metadata. Only rpc/bind.py converts them to their wire format.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

DOMAIN = "redeemd"
# The details of an error are sent as metadata. Java clients accept 8 KiB of metadata, including the details in base64
# and all other metadata of the call; Python and C++ clients always accept 8 KiB.
REFUSAL_BYTES_MAX = 5 * 1024
MESSAGE_BYTES_MAX = 512  # percent-encoded; it is sent both as the message and in the details
VIOLATIONS_MAX = 20
_OVERHEAD_BYTES = 200  # names of the metadata, the HPACK overhead of an entry, the status

_OVERLOAD_RETRY_MS = 200
_STORE_RETRY_MS = 500
_CHECKOUT_RETRY_MS = 5000
_JOB_RETRY_MS = 200


class _Trim(NamedTuple):
    """How much of an error to send: bytes of each violation text, violations, bytes of other metadata values."""

    text_bytes: int
    violations: int = VIOLATIONS_MAX
    value_bytes: int | None = None  # None: everything; 0: neither value nor name


# Applied in this order until the error is small enough.
_TRIMS = (
    *(_Trim(size) for size in (160, 80, 40)),
    *(_Trim(40, violations=count) for count in (10, 5, 2, 1)),
    *(_Trim(40, violations=1, value_bytes=size) for size in (512, 128, 32, 0)),
)


@dataclass(frozen=True, slots=True)
class Violation:
    """A field that violates a rule. error_type is the documented type: invalid, require, tooLong, tooMany, ..."""

    field: str
    description: str
    error_type: str = "invalid"


class ServiceError(Exception):
    """Base class of errors. Subclasses declare a status, a reason and, if documented, a component and code."""

    CATALOGUE: ClassVar[dict[tuple[str, str], type["ServiceError"]]] = {}  # by contract package and reason

    status: ClassVar[StatusCode]
    reason: ClassVar[str]
    component: ClassVar[str | None]
    documented_code: ClassVar[str | None]
    retry_after_ms: int | None  # an instance may override that of the class
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
        """Declare an error.

        A verify action raises an error with `says_no` when its condition is false; any other error means that the
        condition could not be evaluated.
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
        """Render as google.rpc.Status with ErrorInfo, BadRequest if there are violations, RetryInfo if a retry helps.

        The metadata it is sent in stays below REFUSAL_BYTES_MAX. The message is cut to MESSAGE_BYTES_MAX. If necessary,
        the texts of violations are cut, then violations are omitted (ErrorInfo.metadata `violations_omitted` holds
        their number), and finally other metadata is cut and omitted (`metadata_omitted`). The reason, the domain,
        request_id, component, code and the first violation are always present.
        """
        message = _cut_message(str(self))
        for trim in _TRIMS:
            status = self._render(request_id, message, trim)
            if _travelling_bytes(status) < REFUSAL_BYTES_MAX:
                break
        return status

    def _render(self, request_id: str, message: str, trim: _Trim) -> status_pb2.Status:
        number: int = self.status.value[0]
        status = status_pb2.Status(code=number, message=message)
        shown = self.violations[: trim.violations]
        info = error_details_pb2.ErrorInfo(reason=self.reason, domain=DOMAIN, metadata=self._metadata(trim))
        info.metadata["request_id"] = request_id
        if len(shown) < len(self.violations):
            info.metadata["violations_omitted"] = str(len(self.violations) - len(shown))
        _pack(status.details.add(), info)
        if shown:
            bad = error_details_pb2.BadRequest()
            for violation in shown:
                bad.field_violations.add(
                    field=_cut(violation.field, trim.text_bytes),
                    description=_cut(violation.description, trim.text_bytes),
                    reason=violation.error_type,
                )
            _pack(status.details.add(), bad)
        if self.retry_after_ms is not None:
            delay = duration_pb2.Duration()
            delay.FromMilliseconds(self.retry_after_ms)
            _pack(status.details.add(), error_details_pb2.RetryInfo(retry_delay=delay))
        return status

    def _metadata(self, trim: _Trim) -> dict[str, str]:
        if trim.value_bytes is None:
            return self.metadata
        kept = {name: value for name, value in self.metadata.items() if name in {"component", "code"}}
        others = {name: value for name, value in self.metadata.items() if name not in kept}
        if not trim.value_bytes:
            return kept | ({"metadata_omitted": str(len(others))} if others else {})
        return kept | {name: _cut(value, trim.value_bytes) for name, value in others.items()}


def _travelling_bytes(status: status_pb2.Status) -> int:
    """Return the size of an error in bytes of metadata, as a client counts them."""
    in_base64: int = -(-status.ByteSize() // 3) * 4
    return _OVERHEAD_BYTES + in_base64 + sum(map(_encoded_bytes, status.message))


def _encoded_bytes(character: str) -> int:
    """Return the percent-encoded size of a character of a message in bytes (gRPC over HTTP2, Status-Message)."""
    return 1 if " " <= character <= "~" and character != "%" else 3 * len(character.encode())


def _cut(text: str, bytes_max: int) -> str:
    """Return the longest prefix of a text with at most `bytes_max` bytes of UTF-8."""
    data = text.encode()
    return text if len(data) <= bytes_max else data[:bytes_max].decode(errors="ignore")


def _cut_message(text: str) -> str:
    """Return the longest prefix of a message with at most MESSAGE_BYTES_MAX bytes, percent-encoded."""
    left = MESSAGE_BYTES_MAX
    for place, character in enumerate(text):
        left -= _encoded_bytes(character)
        if left < 0:
            return text[:place]
    return text


def _pack(
    into: any_pb2.Any,
    detail: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest | error_details_pb2.RetryInfo,
) -> None:
    into.Pack(detail)


class ValidationFailed(ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="VALIDATION_FAILED"):
    """One or more fields violate a rule."""


class RequestMalformed(ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="REQUEST_MALFORMED"):
    """The request is not a valid message of its type."""


class RequestTooLarge(ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="REQUEST_TOO_LARGE"):
    """The request has {bytes} bytes; this method accepts at most {bytes_max}."""


class MessageTimeout(ServiceError, status=StatusCode.DEADLINE_EXCEEDED, reason="MESSAGE_TIMEOUT"):
    """The next message of the call did not arrive in time."""


class PageTokenInvalid(
    ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="PAGE_TOKEN_INVALID", component="pageToken"
):
    """The page token was not issued by this service for this query."""


class MasterDataInvalid(
    ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="MASTER_DATA_INVALID", component="settings"
):
    """The master data document violates a rule ({error_type})."""


class IdempotencyKeyReused(
    ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="IDEMPOTENCY_KEY_REUSED", component="duplicationAvoider"
):
    """The idempotency key was already used with other arguments."""


class CredentialMissing(ServiceError, status=StatusCode.UNAUTHENTICATED, reason="CREDENTIAL_MISSING"):
    """The method requires {needs}."""


class CredentialInvalid(ServiceError, status=StatusCode.UNAUTHENTICATED, reason="CREDENTIAL_INVALID"):
    """The {kind} is not valid."""


class RoleNotAllowed(ServiceError, status=StatusCode.PERMISSION_DENIED, reason="ROLE_NOT_ALLOWED"):
    """The role {role} may not call this method ({access})."""


class NamespaceNotAllowed(
    ServiceError, status=StatusCode.PERMISSION_DENIED, reason="NAMESPACE_NOT_ALLOWED", component="namespace"
):
    """The key is limited to other namespaces."""


class ForwardedCallRefused(ServiceError, status=StatusCode.PERMISSION_DENIED, reason="FORWARDED_CALL_REFUSED"):
    """A server with --auth off refuses calls from a proxy or a web page ({header})."""


class TimeOffsetDisabled(ServiceError, status=StatusCode.PERMISSION_DENIED, reason="TIME_OFFSET_DISABLED"):
    """Time offsets are disabled in this server's configuration."""


class NamespaceNotFound(ServiceError, status=StatusCode.NOT_FOUND, reason="NAMESPACE_NOT_FOUND", component="namespace"):
    """The namespace does not exist."""


class NamespaceAlreadyExists(
    ServiceError, status=StatusCode.ALREADY_EXISTS, reason="NAMESPACE_ALREADY_EXISTS", component="namespace"
):
    """A namespace with this name already exists."""


class Conflict(ServiceError, status=StatusCode.ABORTED, reason="CONFLICT"):
    """Another call changed the same thing at the same time."""


class Overloaded(
    ServiceError,
    status=StatusCode.RESOURCE_EXHAUSTED,
    reason="OVERLOADED",
    retry_after_ms=_OVERLOAD_RETRY_MS,
):
    """Too many calls are in progress ({scope}); nothing was changed."""


class Contention(
    ServiceError,
    status=StatusCode.RESOURCE_EXHAUSTED,
    reason="CONTENTION",
    retry_after_ms=_OVERLOAD_RETRY_MS,
):
    """Too many calls for the same player are waiting, or this one waited too long; nothing was changed."""


class NotCommitted(ServiceError, status=StatusCode.UNAVAILABLE, reason="NOT_COMMITTED", retry_after_ms=_STORE_RETRY_MS):
    """The store rolled back the call; nothing was changed."""


class OutcomeUnknown(ServiceError, status=StatusCode.UNAVAILABLE, reason="OUTCOME_UNKNOWN"):
    """The commit failed; the change may or may not have been made."""


class StoreUnavailable(
    ServiceError, status=StatusCode.UNAVAILABLE, reason="STORE_UNAVAILABLE", retry_after_ms=_STORE_RETRY_MS
):
    """The store cannot be reached."""


class UploadNotFound(ServiceError, status=StatusCode.NOT_FOUND, reason="UPLOAD_NOT_FOUND", component="uploadToken"):
    """No finished upload has this token."""


class FilesNotServed(ServiceError, status=StatusCode.FAILED_PRECONDITION, reason="FILES_NOT_SERVED"):
    """This server serves no files: it has neither an HTTP address nor a public URL."""


class CheckoutKeyNotFound(
    ServiceError, status=StatusCode.NOT_FOUND, reason="CHECKOUT_KEY_NOT_FOUND", component="apiKey"
):
    """The configuration has no GitHub key with this id."""


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
    """GitHub cannot be reached, or its rate limit is exceeded."""


class UserDataJobNotFound(ServiceError, status=StatusCode.NOT_FOUND, reason="USER_DATA_JOB_NOT_FOUND"):
    """No {component} job was started."""


class UserDataJobRunning(
    ServiceError,
    status=StatusCode.FAILED_PRECONDITION,
    reason="USER_DATA_JOB_RUNNING",
    retry_after_ms=_JOB_RETRY_MS,
):
    """The {component} job has not finished yet."""


class UserDataInvalid(ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="USER_DATA_INVALID", component="import"):
    """The upload is not a dump of this player made by this service."""


class CallFenced(
    ServiceError, status=StatusCode.FAILED_PRECONDITION, reason="CALL_FENCED", component="duplicationAvoider"
):
    """A GetOutcome call with fence closed this idempotency key before this call."""


class ScriptNotSupported(
    ServiceError, status=StatusCode.UNIMPLEMENTED, reason="SCRIPT_NOT_SUPPORTED", component="namespace"
):
    """A script would have to run, but redeemd does not run scripts."""


class Internal(ServiceError, status=StatusCode.INTERNAL, reason="INTERNAL"):
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
