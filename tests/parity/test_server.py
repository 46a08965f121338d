"""The fields that a client-side check reports are those that the server reports in BadRequest over gRPC."""

from random import Random

import grpc
from google.protobuf import message_factory
from google.protobuf.message import DecodeError
from support.contract import every_method, everything, send
from support.service import Refusal

from parity.conftest import LANGUAGES
from parity.judged import agree, as_server
from parity.values import payloads

SAMPLE = 20  # refused requests of each method
_ASKED = 150  # values of which they are taken
_BYTES_MAX = 20_000
# Read before validation: a broken one is refused as no credential.
_CREDENTIALS = ("access_token", "time_offset_token")


@every_method
async def test_the_server_refuses_what_clients_find(service, languages, method):
    """With all fields that Go and TypeScript name, as far as it reports them; and bytes that they cannot read."""
    answers = _found(languages, method.input_type)
    metadata = await everything(service, method)
    for payload, *found in answers:
        refusal = await send(service, method, payload, metadata) or Refusal()
        assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
        for theirs in found:
            assert refusal.reason == ("REQUEST_MALFORMED" if theirs is None else "VALIDATION_FAILED")
            assert agree(refusal.fields, [path for path, _ in as_server(theirs or ())]), payload
    assert answers


def _found(languages, message):
    """Return bad values of a request, each with what every language finds in it."""
    values = [
        value for value in payloads(message, 500) if len(value) < _BYTES_MAX and not _has_credential(message, value)
    ]
    values = Random(message.full_name).sample(values, min(_ASKED, len(values)))
    answers = [languages(name).engine.answers(message.full_name, values) for name in LANGUAGES]
    bad = [found for found in zip(values, *answers, strict=True) if found[1] != [] or found[2] != []]
    return bad[:SAMPLE]


def _has_credential(message, payload):
    try:
        request = message_factory.GetMessageClass(message).FromString(payload)
    except DecodeError:
        return False
    return any(getattr(request, name, "") for name in _CREDENTIALS)
