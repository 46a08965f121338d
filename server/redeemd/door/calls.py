"""Makes calls of the door: the same pipeline as those by gRPC, and the documented JSON as the response."""

from collections.abc import Mapping

from google.protobuf.descriptor import MethodDescriptor
from google.rpc import status_pb2

from redeemd.contract import complete_json, json_text, paths
from redeemd.door import refusals
from redeemd.door.refusals import Answer
from redeemd.rpc import direct
from redeemd.rpc.direct import Read
from redeemd.rpc.method import Handlers
from redeemd.rpc.runtime import REQUEST_ID

Metadata = Mapping[str, str]

# A log-in has the names of OAuth 2.0 (RFC 6749) in its response: access_token.
_OAUTH = "identifier"


class Calls:
    """The methods of a server that have paths."""

    def __init__(self, handlers: Handlers) -> None:
        """`handlers` are those of gRPC, by /package.Service/Method."""
        self._handlers = handlers

    async def make(self, method: MethodDescriptor, metadata: Metadata, peer: str, read: Read) -> Answer:
        """Call a method. `read` returns the serialized request; its refusals become those of the call."""
        handler = self._handlers[f"/{method.containing_service.full_name}/{method.name}"]
        reply, service = await direct.call(handler, metadata, peer, read), paths.label(method)
        if isinstance(reply, status_pb2.Status):
            return refusals.refusal(reply, service)
        text = complete_json.to_text(reply, original_names=service == _OAUTH)
        return Answer(200, _with_request_id(text, metadata))


def _with_request_id(text: str, metadata: Metadata) -> str:
    """Add the id that the caller gave to its request, as the documented member of responses."""
    given = metadata.get(REQUEST_ID)
    if given is None:
        return text
    member = f'"metadata":{json_text.write({"requestId": given})}'
    return f"{text[:-1]}{',' if len(text) > len('{}') else ''}{member}}}"
