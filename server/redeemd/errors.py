"""Refusals: what a call can be answered instead of a reply.

One small class per ErrorReason of the contract. The docstring is the message template, the keyword arguments are the
metadata. Only rpc/bind.py turns them into what goes over the wire.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

DOMAIN = "redeemd"
# What travels with a refusal is metadata. Java's clients read 8 KiB of it, in which the details count in base64 and all
# other metadata of the call counts, too; Python's and C++'s read 8 KiB for certain.
REFUSAL_BYTES_MAX = 5 * 1024
MESSAGE_BYTES_MAX = 512  # percent-encoded; it travels as a message and in the details
VIOLATIONS_MAX = 20
_OVERHEAD_BYTES = 200  # names of the metadata, what HPACK counts for an entry, the status

_OVERLOAD_RETRY_MS = 200
_STORE_RETRY_MS = 500
_CHECKOUT_RETRY_MS = 5000
_JOB_RETRY_MS = 200


class _Trim(NamedTuple):
    """How much of a refusal is kept: bytes of each text of a violation, violations, bytes of other metadata values."""

    text_bytes: int
    violations: int = VIOLATIONS_MAX
    value_bytes: int | None = None  # None: the whole; 0: neither value nor name


# In this order, until the refusal is small enough.
_TRIMS = (
    *(_Trim(size) for size in (160, 80, 40)),
    *(_Trim(40, violations=count) for count in (10, 5, 2, 1)),
    *(_Trim(40, violations=1, value_bytes=size) for size in (512, 128, 32, 0)),
)


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
        """Render as google.rpc.Status with ErrorInfo, BadRequest where fields are wrong, RetryInfo where it helps.

        What travels of it stays below REFUSAL_BYTES_MAX. The message is cut to MESSAGE_BYTES_MAX. Then, as far as that
        is needed, the texts of violations are cut, then violations left out (ErrorInfo.metadata `violations_omitted`
        says how many), at last other metadata cut and left out (`metadata_omitted`). The reason, the domain,
        request_id, component, code and the first violation are always there.
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
    """Return how many bytes of metadata a refusal is, as a client counts them."""
    in_base64: int = -(-status.ByteSize() // 3) * 4
    return _OVERHEAD_BYTES + in_base64 + sum(map(_encoded_bytes, status.message))


def _encoded_bytes(character: str) -> int:
    """Return how many bytes a character of a message is, percent-encoded (gRPC over HTTP2, Status-Message)."""
    return 1 if " " <= character <= "~" and character != "%" else 3 * len(character.encode())


def _cut(text: str, bytes_max: int) -> str:
    """Return as much of the beginning of a text as fits, in UTF-8."""
    data = text.encode()
    return text if len(data) <= bytes_max else data[:bytes_max].decode(errors="ignore")


def _cut_message(text: str) -> str:
    """Return as much of the beginning of a message as fits into MESSAGE_BYTES_MAX, percent-encoded."""
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
    """One or more fields break a rule."""


class RequestMalformed(ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="REQUEST_MALFORMED"):
    """The bytes of the request are not a message of its type."""


class RequestTooLarge(ServiceError, status=StatusCode.INVALID_ARGUMENT, reason="REQUEST_TOO_LARGE"):
    """The request has {bytes} bytes; this method accepts at most {bytes_max}."""


class MessageTimeout(ServiceError, status=StatusCode.DEADLINE_EXCEEDED, reason="MESSAGE_TIMEOUT"):
    """The call's next message did not arrive in time."""


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
    """Too many calls are in progress ({scope})."""


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
