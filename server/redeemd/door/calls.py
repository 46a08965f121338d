"""Makes calls of the door: the same pipeline as those by gRPC, and the documented JSON as the response."""

from collections.abc import Mapping

from google.rpc import status_pb2

from redeemd.contract import complete_json, json_text
from redeemd.door import refusals
from redeemd.door.refusals import Answer
from redeemd.door.target import Target
from redeemd.rpc.direct import DirectCall, Read
from redeemd.rpc.runtime import REQUEST_ID

# A log-in has the names of OAuth 2.0 (RFC 6749) in its response: access_token.
_OAUTH = "identifier"


async def make(target: Target, metadata: Mapping[str, str], peer: str, read: Read) -> Answer:
    """Call a method. `read` returns the serialized request; its refusals become those of the call."""
    reply = await DirectCall(metadata, peer, read).unary(target.handler)
    if isinstance(reply, status_pb2.Status):
        return refusals.refusal(reply, target.service)
    text = complete_json.to_text(reply, original_names=target.service == _OAUTH)
    return Answer(200, _with_request_id(text, metadata))


def _with_request_id(text: str, metadata: Mapping[str, str]) -> str:
    """Add the id that the caller gave to its request, as the documented member of responses."""
    given = metadata.get(REQUEST_ID)
    if given is None:
        return text
    member = f'"metadata":{json_text.write({"requestId": given})}'
    return f"{text[:-1]}{',' if len(text) > len('{}') else ''}{member}}}"
