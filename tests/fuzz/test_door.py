"""Any request to the JSON door: the response is JSON with the documented `message`, and never 500."""

import gzip
import json

from hypothesis import given
from hypothesis import strategies as st
from redeemd.contract import paths
from support.door import METHODS_WITH_PATHS
from support.fuzzing import examples

PRINTABLE = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#")
NAMES = st.sampled_from(
    sorted({field.json_name for method in METHODS_WITH_PATHS for field in method.input_type.fields})
) | st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(NAMES, children, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=6)
BODIES = st.binary(max_size=60) | OBJECTS.map(lambda members: json.dumps(members).encode())
SEGMENTS = st.sampled_from(["me", "null", "", "%00", "%ff", "..", "a%2Fb", "fuzz", "x" * 200]) | st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#"), max_size=12
)
HEADERS = st.dictionaries(
    st.sampled_from(["X-GS2-ACCESS-TOKEN", "X-GS2-DRY-RUN", "X-GS2-REQUEST-ID", "X-GS2-DUPLICATION-AVOIDER"]),
    st.text(PRINTABLE, max_size=30),
    max_size=2,
)
PATHS = st.sampled_from([path for method in METHODS_WITH_PATHS for path in paths.of(method)])
VERBS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"])


@st.composite
def requests(draw):
    """Return a request, most often to a path that exists: its first line, its headers and its body."""
    verb, path = draw(PATHS)
    filled = "/".join(draw(SEGMENTS) if part.startswith(("{", "*")) else part for part in path)
    query = draw(st.just("") | st.text(PRINTABLE, max_size=30))
    headers, body = draw(HEADERS), draw(BODIES)
    if draw(st.booleans()):
        headers, body = headers | {"Content-Encoding": "gzip"}, gzip.compress(body)
    return f"{draw(st.just(verb) | VERBS)} /{filled}?{query} HTTP/1.1", headers, body


def test_any_request_to_the_door(fuzzed):
    """The body is an object; that of a refusal has a message, which is the text of a list."""
    fuzzed.run(fuzzed.mend())

    @examples(400)
    @given(request=requests(), known=st.booleans())
    def send(request, known):
        status, _, content = fuzzed.http(*request, known=known).partition(b"\r\n\r\n")
        code = int(status.split(b" ")[1])
        assert code < 500, content
        reply = json.loads(content)
        assert code == 200 or json.loads(reply["message"])[0]["code"]
        assert fuzzed.take_defects() == []

    send()
    fuzzed.run(fuzzed.check())
