"""The error that a failed call raises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.message import Message

from redeemd_client.details import TRAILER, details_of

if TYPE_CHECKING:
    from redeem.common.v1 import common_pb2

_STATUS: Mapping[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}
# A call that ended so may have been executed, whatever its details say: they are those of the last attempt, and the
# response of an earlier one may have been lost.
_UNKNOWN = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.INTERNAL,
    }
)
_OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"  # of an item of a batch, whose details are those of its only attempt


@dataclass(frozen=True, slots=True)
class Violation:
    """A violation of a rule by a field of a request: the path of the field, and a text for developers."""

    field: str
    description: str


class RedeemError(Exception):
    """A call failed, or an item of a batch.

    `reason` is a name of an ErrorReason of the contract without its prefix, such as CODE_STATUS_INVALID, and `metadata`
    what the contract says about it; both are empty if the failure is none of the server (no connection, a deadline).
    `violations` are the invalid fields. `retry_after` is the number of seconds after which the server suggests to send
    the call again, None if it suggests nothing. `key` is the idempotency key that the call was sent with, empty if it
    had none: to send the call again with this key is always safe.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        retry_after: float | None = None,
        key: str = "",
    ) -> None:
        super().__init__(f"{' '.join(filter(None, (code.name, reason)))}: {message}")
        self.code = code
        self.message = message
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.violations = tuple(violations)
        self.retry_after = retry_after
        self.key = key
        self.unfinished: Sequence[Message] = ()
        """Requests of a batch that have no outcome because of this error, with the keys that they were sent with."""

    @property
    def request_id(self) -> str:
        """The id of the call in the log of the server, empty if it did not arrive there."""
        return self.metadata.get("request_id", "")

    @property
    def is_temporary(self) -> bool:
        """Whether the same call, sent again with the same key, may succeed."""
        return self.retry_after is not None or self.code in _UNKNOWN


class OutcomeUnknown(RedeemError):
    """A writing call may have been executed, or not. Send it again with `key`, or ask GetOutcome."""


class Overloaded(RedeemError):
    """The server has too much to do, and did not execute the call. Send it again after `retry_after` seconds."""


class CredentialRefused(RedeemError):
    """The call has no valid credential."""


def error_of(failure: grpc.RpcError, *, writes: bool = False, key: str = "") -> RedeemError:
    """Return the error of a failed call. `writes` says whether it would have changed something."""
    call: Any = failure  # an RpcError that a call raised is that call
    code, trailers = call.code(), call.trailing_metadata() or ()
    details = details_of(next((value for name, value in trailers if name == TRAILER), b""))
    info, request, retry = (details.get(name) for name in ("ErrorInfo", "BadRequest", "RetryInfo"))
    return _class_of(code, unknown=writes and code in _UNKNOWN)(
        code,
        call.details() or "",
        reason=info.reason if info else "",
        metadata=info.metadata if info else None,
        violations=[Violation(it.field, it.description) for it in request.field_violations] if request else (),
        retry_after=(retry.retry_delay.seconds * 1000 + retry.retry_delay.nanos // 10**6) / 1000 if retry else None,
        key=key,
    )


def error_of_item(error: "common_pb2.ItemError", *, key: str = "") -> RedeemError:
    """Return the error of an item of a batch."""
    code = _STATUS.get(error.code, grpc.StatusCode.UNKNOWN)
    return _class_of(code, unknown=error.reason == _OUTCOME_UNKNOWN)(
        code,
        error.message,
        reason=error.reason,
        metadata=error.metadata,
        violations=[Violation(it.field, it.description) for it in error.violations],
        retry_after=error.retry_after_ms / 1000 if error.HasField("retry_after_ms") else None,
        key=key,
    )


def _class_of(code: grpc.StatusCode, *, unknown: bool) -> type[RedeemError]:
    if unknown:
        return OutcomeUnknown
    kinds = {grpc.StatusCode.RESOURCE_EXHAUSTED: Overloaded, grpc.StatusCode.UNAUTHENTICATED: CredentialRefused}
    return kinds.get(code, RedeemError)
