"""The documented bodies of errors: `{"message": "<JSON text of a list>", "metadata": {...}}`, for every refusal."""

from collections.abc import Sequence
from typing import NamedTuple

from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import code_pb2, error_details_pb2, status_pb2

from redeemd.contract import documented_errors
from redeemd.contract.documented_json import camel


class Answer(NamedTuple):
    """The HTTP status of a response, and its JSON; for a 405, the HTTP methods that the path allows."""

    status: int
    text: str
    allow: str = ""


def refusal(status: status_pb2.Status, service: str) -> Answer:
    """Return the documented response for a refusal of a method of a service, by its label: serialKey."""
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    for detail in status.details:
        _unpack(detail, info)
        _unpack(detail, bad)
    metadata = dict(info.metadata) | {"reason": info.reason}
    metadata["requestId"] = metadata.pop("request_id")
    errors = _errors(info, bad, status.message, service)
    return Answer(
        documented_errors.http_status(code_pb2.Code.Name(status.code), info.reason),
        documented_errors.to_text(errors, metadata),
    )


def _unpack(detail: AnyMessage, into: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> None:
    if detail.Is(into.DESCRIPTOR):
        detail.Unpack(into)


def _errors(
    info: error_details_pb2.ErrorInfo, bad: error_details_pb2.BadRequest, message: str, service: str
) -> Sequence[dict[str, str]]:
    """Return the documented list: one element, or one for each violation, whose message has the path of the field."""
    component = info.metadata.get("component", "")
    code = info.metadata.get("code") or info.reason
    if not bad.field_violations:
        return [{"component": component, "message": message, "code": code}]
    return [
        {"component": component, "message": f"{service}.{component}.{_problem(each)}", "code": code}
        for each in bad.field_violations
    ]


def _problem(violation: error_details_pb2.BadRequest.FieldViolation) -> str:
    return f"{camel(violation.field)}.error.{violation.reason or 'invalid'}: {violation.description}"


class Unreachable(NamedTuple):
    """Why a request reaches no method: the HTTP status, a reason, and a text."""

    status: int
    reason: str
    message: str


NO_PATH = Unreachable(404, "PATH_NOT_FOUND", "nothing is served at this path")
METHOD_NOT_ALLOWED = Unreachable(405, "METHOD_NOT_ALLOWED", "this path has other HTTP methods; see the header Allow")
EXPECTATION_FAILED = Unreachable(417, "REQUEST_MALFORMED", "the only expectation that is met is 100-continue")
BROKEN = Unreachable(500, "INTERNAL", "an unexpected error")
REQUEST_MALFORMED = Unreachable(
    400, "REQUEST_MALFORMED", "the request is not valid HTTP, or a part of its head is not accepted"
)
_BY_STATUS = {why.status: why for why in (NO_PATH, METHOD_NOT_ALLOWED, EXPECTATION_FAILED, BROKEN)}


def unreachable(status: int) -> Unreachable:
    """Return why the HTTP library refuses a request, by its status."""
    return _BY_STATUS.get(status, REQUEST_MALFORMED._replace(status=status))


def simple(status: int, code: str, message: str) -> Answer:
    """Return the documented response for a request that reaches no method."""
    error = {"component": "request", "message": message, "code": code}
    return Answer(status, documented_errors.to_text([error], {"reason": code}))
