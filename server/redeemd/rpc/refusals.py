"""Refusals of calls: those for errors of the store, and their wire format, google.rpc.Status with details."""

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from redeem.common.v1 import common_pb2

from redeemd import errors
from redeemd.errors import VIOLATIONS_MAX, ServiceError
from redeemd.store import base

DOMAIN = "redeemd"
# The details of an error are sent as metadata. Java clients accept 8 KiB of metadata, including the details in base64
# and all other metadata of the call; Python and C++ clients always accept 8 KiB.
REFUSAL_BYTES_MAX = 5 * 1024
MESSAGE_BYTES_MAX = 512  # percent-encoded; it is sent both as the message and in the details
_OVERHEAD_BYTES = 320  # names of the metadata, the HPACK overhead of entries, the status, the id of the request


_STORE_REFUSALS: dict[type[base.StoreError], Callable[[], ServiceError]] = {
    base.CommitFailed: errors.NotCommitted,
    base.CommitUnknown: errors.OutcomeUnknown,
    base.Unavailable: errors.StoreUnavailable,
    base.WriteConflict: errors.Conflict,
    base.Busy: errors.Contention,
    base.Saturated: functools.partial(errors.Overloaded, scope="database"),
}


def store_refusal(error: base.StoreError) -> ServiceError:
    """Return the refusal of a call for an error of the store."""
    for kind, refusal in _STORE_REFUSALS.items():
        if isinstance(error, kind):
            return refusal()
    return errors.StoreUnavailable()


def refusal_of(raised: Exception, component: str, defect: Callable[[Exception], None]) -> ServiceError:
    """Return the refusal of a call for the error that it raised.

    `component` is named in refusals of invalid requests; `defect` is called with an unexpected error.
    """
    if isinstance(raised, errors.ValidationFailed):
        raised.metadata.setdefault("component", component)
    if isinstance(raised, ServiceError):
        return raised
    if isinstance(raised, base.StoreError):
        return store_refusal(raised)
    defect(raised)
    return errors.Internal()


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


def to_status(error: ServiceError, request_id: str, trace_id: str | None = None) -> status_pb2.Status:
    """Render an error as google.rpc.Status.

    It has an ErrorInfo, a BadRequest if there are violations, and a RetryInfo if a retry helps.

    The metadata in which it is sent stays below REFUSAL_BYTES_MAX. The message is cut to MESSAGE_BYTES_MAX. If
    necessary, the texts of violations are cut, then violations are omitted (ErrorInfo.metadata `violations_omitted`
    holds their number), and finally other metadata is cut and omitted (`metadata_omitted`). The reason, the domain,
    request_id, trace_id, component, code and the first violation are always present.
    """
    message = _cut_message(str(error))
    ids = {"request_id": request_id} | ({} if trace_id is None else {"trace_id": trace_id})
    for trim in _TRIMS:
        status = _render(error, ids, message, trim)
        if _travelling_bytes(status) < REFUSAL_BYTES_MAX:
            break
    return status


def to_item_error(error: ServiceError, request_id: str) -> common_pb2.ItemError:
    """Render the error of one item of a batch, with what `to_status` sends; texts are cut as there."""
    trim = _TRIMS[0]
    rendered = common_pb2.ItemError(
        code=error.status,
        message=_cut_message(str(error)),
        reason=error.reason,
        metadata=_metadata(error, trim) | {"request_id": request_id},
        retry_after_ms=error.retry_after_ms,
    )
    for violation in error.violations[: trim.violations]:
        rendered.violations.add(
            field=_cut(violation.field, trim.text_bytes),
            description=_cut(violation.description, trim.text_bytes),
            reason=violation.error_type,
        )
    return rendered


def _render(error: ServiceError, ids: Mapping[str, str], message: str, trim: _Trim) -> status_pb2.Status:
    status = status_pb2.Status(code=error.status, message=message)
    shown = error.violations[: trim.violations]
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=_metadata(error, trim))
    info.metadata.update(ids)
    if len(shown) < len(error.violations):
        info.metadata["violations_omitted"] = str(len(error.violations) - len(shown))
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
    if error.retry_after_ms is not None:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(error.retry_after_ms)
        _pack(status.details.add(), error_details_pb2.RetryInfo(retry_delay=delay))
    return status


def _metadata(error: ServiceError, trim: _Trim) -> dict[str, str]:
    if trim.value_bytes is None:
        return error.metadata
    kept = {name: value for name, value in error.metadata.items() if name in {"component", "code"}}
    others = {name: value for name, value in error.metadata.items() if name not in kept}
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
