"""How calls end: the errors of Connect, the last message of its streams, and the trailers of gRPC-Web."""

import base64
import json
from collections.abc import Mapping
from urllib.parse import quote

from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from redeemd.door.connect.forms import Form, Protocol

_LAST = 0b10  # the flags of an envelope, by Connect
_TRAILERS = 0x80  # and by gRPC-Web
_SHOWN = (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.RetryInfo)

# https://connectrpc.com/docs/protocol/#error-codes
HTTP_STATUS = {
    code_pb2.CANCELLED: 499,
    code_pb2.UNKNOWN: 500,
    code_pb2.INVALID_ARGUMENT: 400,
    code_pb2.DEADLINE_EXCEEDED: 504,
    code_pb2.NOT_FOUND: 404,
    code_pb2.ALREADY_EXISTS: 409,
    code_pb2.PERMISSION_DENIED: 403,
    code_pb2.RESOURCE_EXHAUSTED: 429,
    code_pb2.FAILED_PRECONDITION: 400,
    code_pb2.ABORTED: 409,
    code_pb2.OUT_OF_RANGE: 400,
    code_pb2.UNIMPLEMENTED: 501,
    code_pb2.INTERNAL: 500,
    code_pb2.UNAVAILABLE: 503,
    code_pb2.DATA_LOSS: 500,
    code_pb2.UNAUTHENTICATED: 401,
}


def error_of(status: status_pb2.Status) -> dict[str, object]:
    """Return a refusal as Connect writes it; `debug` of a detail is its JSON, for programs without its type."""
    code = code_pb2.Code.Name(status.code).lower().replace("cancelled", "canceled")
    details = []
    for detail in status.details:
        shown = [
            json_format.MessageToDict(kind.FromString(detail.value)) for kind in _SHOWN if detail.Is(kind.DESCRIPTOR)
        ]
        debug = {"debug": shown[0]} if shown else {}
        details.append({"type": detail.TypeName(), "value": _base64(detail.value)} | debug)
    return {"code": code, "message": status.message} | ({"details": details} if details else {})


def error_text(status: status_pb2.Status) -> str:
    """Return the body of a refusal."""
    return json.dumps(error_of(status), ensure_ascii=False)


def envelope(form: Form, status: status_pb2.Status | None, trailers: Mapping[str, str]) -> bytes:
    """Return the end of a call whose messages are in envelopes; `status` is that of a refusal."""
    if form.protocol == Protocol.STREAM:
        metadata: dict[str, object] = {"metadata": {name: [value] for name, value in trailers.items()}}
        last = metadata | ({} if status is None else {"error": error_of(status)})
        return form.envelope(_LAST, json.dumps(last, ensure_ascii=False).encode())
    given = _of_grpc(status) | dict(trailers)
    return form.envelope(_TRAILERS, "".join(f"{name}: {value}\r\n" for name, value in given.items()).encode())


def _of_grpc(status: status_pb2.Status | None) -> dict[str, str]:
    if status is None:
        return {"grpc-status": "0"}
    return {
        "grpc-status": str(status.code),
        "grpc-message": quote(status.message, safe=" !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"),
        "grpc-status-details-bin": _base64(status.SerializeToString()),
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def refused(code: int, message: str, detail: Message) -> status_pb2.Status:
    """Return a status with a detail."""
    status = status_pb2.Status(code=code, message=message)
    status.details.add().Pack(detail)
    return status
