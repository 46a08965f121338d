"""Random requests by Connect and gRPC-Web, to the methods themselves and to what is nearly a path."""

import gzip
import json

from hypothesis import given
from hypothesis import strategies as st
from support.connect import enveloped, read_stream
from support.contract import METHODS, valid_request
from support.fuzzing import examples

TYPES = ["application/proto", "application/json", "application/connect+proto", "application/connect+json"]
TYPES += ["application/grpc-web", "application/grpc-web+proto", "application/grpc-web+json", "text/plain", ""]
# Those that stay open, or that wait for a further message, are called in tests/door.
CALLED = [method for method in METHODS if method.name != "WatchEvents"]
METHOD = st.sampled_from(CALLED)
PRINTABLE = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#")
NAMES = [*{field.json_name for method in CALLED for field in method.input_type.fields}]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.sampled_from(NAMES), children, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
BODIES = st.binary(max_size=60) | OBJECTS.map(lambda members: json.dumps(members).encode())
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("Connect-Timeout-Ms", "grpc-timeout", "Connect-Protocol-Version", "Content-Encoding", "grpc-encoding"),
            *("Connect-Content-Encoding", "X-Dry-Run", "Idempotency-Key", "X-Access-Token", "Expect", "Range"),
        ]
    ),
    st.sampled_from(["1", "gzip", "true", "1S", "100-continue", "identity"]) | st.text(PRINTABLE, max_size=12),
    max_size=3,
)


@st.composite
def requests(draw):
    """Return a request: its first line, its headers and its body."""
    method = draw(METHOD)
    path = f"/{method.containing_service.full_name}/{draw(st.just(method.name) | st.text(PRINTABLE, max_size=8))}"
    query = draw(
        st.just("") | st.sampled_from(["?encoding=json&message=%7B%7D", "?encoding=proto&base64=1&message=CgF4"])
    )
    valid = st.builds(lambda: valid_request(method.input_type).SerializeToString())
    body = draw(valid | BODIES)
    if draw(st.booleans()):
        body = gzip.compress(body, mtime=0)
    if draw(st.booleans()):
        body = enveloped(body, flags=draw(st.sampled_from([0, 0, 1, 2, 0x80])))
    verb = draw(st.sampled_from(["POST", "POST", "POST", "GET", "PUT"]))
    headers = {"Content-Type": draw(st.sampled_from(TYPES)), **draw(HEADERS)}
    return f"{verb} {path}{query} HTTP/1.1", headers, body


def check(response):
    """Assert that a response is one of the protocol, and no failure of the server."""
    head, _, content = response.partition(b"\r\n\r\n")
    if head.endswith(b"100 Continue"):
        head, _, content = content.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1])
    if b"Content-Type: application/json" in head and status != 200:
        assert json.loads(content)["message"]
        assert status < 500 or status in {501, 503, 504}, content
    elif b"+" in head.partition(b"Content-Type: ")[2].partition(b"\r\n")[0] or b"grpc-web" in head:
        assert status == 200
        if b"chunked" not in head:
            end = read_stream(content).end
            assert end.get("grpc-status") not in {"2", "13"}
            assert end.get("error", {}).get("code") not in {"unknown", "internal"}
    else:
        assert status == 200, response


def test_any_request_by_connect(fuzzed):
    """Each refusal has a message, nothing answers with an internal error, and nothing breaks inside."""
    fuzzed.run(fuzzed.mend())

    @examples(300)
    @given(request=requests(), known=st.booleans())
    def send(request, known):
        check(fuzzed.http(*request, known=known))
        assert fuzzed.take_defects() == []

    send()
    fuzzed.run(fuzzed.check())
