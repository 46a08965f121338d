"""Refusals against what clients can read of them, whatever is in their texts."""

import base64
import urllib.parse

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from hypothesis import example, given, settings
from hypothesis import strategies as st
from redeemd.errors import VIOLATIONS_MAX, ServiceError, Violation
from redeemd.rpc.refusals import REFUSAL_BYTES_MAX, to_status

many = settings(max_examples=300, deadline=None)
REQUEST_ID = "r" * 64
LONG = "\U0001f511" * 2000  # four bytes each in UTF-8, twelve percent-encoded
TEXTS = st.text(max_size=40) | st.builds(
    lambda text, count: text * count, st.text(min_size=1, max_size=8), st.integers(1, 500)
)
NAMES = st.sampled_from([f"name_{number}" for number in range(40)])
KINDS = [kind for kind in ServiceError.CATALOGUE.values() if "{" not in (kind.__doc__ or "")]


def refusal(kind, violations, metadata, message):
    """Make a refusal that says any message."""
    error = kind(violations=[Violation(*texts) for texts in violations], **metadata)
    error.args = (message,)
    return error


def details(status):
    """Return the ErrorInfo, and the violations."""
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        _ = detail.Unpack(info) or detail.Unpack(bad)
    return info, list(bad.field_violations)


def travels(status):
    """Return how many bytes of metadata Java counts: names, values with the details in base64, and 32 for each."""
    encoded = urllib.parse.quote(status.message, safe=" !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~")
    metadata = {
        "grpc-status": str(status.code),
        "grpc-message": encoded,
        "grpc-status-details-bin": base64.b64encode(status.SerializeToString()).decode(),
    }
    return sum(len(name) + len(value) + 32 for name, value in metadata.items())


@many
@example(KINDS[0], [(LONG, LONG)] * 30, {f"name_{number}": LONG for number in range(40)}, LONG)
@example(KINDS[0], [(LONG, LONG)], {}, "%" * 5000)
@example(KINDS[0], [], {f"name_{number}": "x" * 100 for number in range(40)}, "\x00" * 5000)
@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(TEXTS, TEXTS), max_size=50),
    st.dictionaries(NAMES, TEXTS, max_size=40),
    TEXTS,
)
def test_a_refusal_is_small_and_keeps_what_clients_go_by(kind, violations, metadata, message):
    """Below 5 KiB in all; what identifies it is whole, there is a violation, and what is left out is counted."""
    status = to_status(refusal(kind, violations, metadata, message), REQUEST_ID)
    info, told = details(status)
    assert travels(status) < REFUSAL_BYTES_MAX == 5120
    assert (info.reason, info.domain, info.metadata["request_id"]) == (kind.reason, "redeemd", REQUEST_ID)
    assert (info.metadata.get("component"), info.metadata.get("code")) == (kind.component, kind.documented_code)
    assert len(told) + int(info.metadata.get("violations_omitted", 0)) == len(violations)
    assert bool(told) == bool(violations)
    assert len(told) <= VIOLATIONS_MAX
    for one, (field, description) in zip(told, violations, strict=False):
        assert field.startswith(one.field)
        assert description.startswith(one.description)
    given = {name: value for name, value in metadata.items() if name in info.metadata}
    assert len(given) + int(info.metadata.get("metadata_omitted", 0)) == len(metadata)
    assert all(value.startswith(info.metadata[name]) for name, value in given.items())


@many
@given(st.lists(st.tuples(st.text(max_size=10), st.text(max_size=20)), max_size=20), st.text(max_size=30))
def test_a_small_refusal_is_whole(violations, message):
    """Nothing is cut without need."""
    status = to_status(refusal(KINDS[0], violations, {"name": "value"}, message), REQUEST_ID)
    info, told = details(status)
    assert status.message == message
    assert [(one.field, one.description) for one in told] == violations
    assert info.metadata["name"] == "value"
    assert not any(name.endswith("_omitted") for name in info.metadata)


def test_texts_are_cut_before_violations_and_violations_before_other_metadata():
    """The stated order."""
    long = "x" * 2000
    half = to_status(refusal(KINDS[0], [("field", long)] * 20, {"name": "y" * 400}, "no"), REQUEST_ID)
    info, told = details(half)
    assert len(told) == 20
    assert len(info.metadata["name"]) == 400
    info, told = details(to_status(refusal(KINDS[0], [(long, long)] * 20, {"name": "y" * 2500}, "no"), REQUEST_ID))
    assert 1 <= len(told) < 20
    assert len(info.metadata["name"]) == 2500


@pytest.mark.parametrize("limit", [5 * 1024, 8 * 1024])
async def test_a_client_with_a_hard_limit_reads_the_largest_refusal(limit):
    """Of any call, by a real channel that takes no more metadata than that."""
    metadata = {f"name_{number}": LONG for number in range(40)}
    status = to_status(refusal(KINDS[0], [(LONG, LONG)] * 30, metadata, LONG), REQUEST_ID)

    async def refuse(_request, context):
        await context.abort_with_status(rpc_status.to_status(status))

    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(refuse)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("a.Service", {"Refuse": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    options = [("grpc.max_metadata_size", limit), ("grpc.absolute_max_metadata_size", limit)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary("/a.Service/Refuse")(b"")
    await server.stop(0)
    assert caught.value.code().value[0] == status.code
    assert rpc_status.from_call(caught.value) == status
