"""Any bytes to the HTTP side: never 5xx, never a hanging connection, and uploads and downloads still work after."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from support.fuzzing import examples
from support.http import exchange

SECONDS_MAX = 30
TOKENS = st.text("abcXYZ019-_.%/\\?#;\x00 \xff", max_size=40)
HEADERS = st.sampled_from(
    [
        b"Range: bytes=0-3", b"Range: bytes=-", b"Range: bytes=9-1", b"Range: bytes=" + b"9" * 400,
        b"Range: bytes=0-1,2-3",
        b'If-Range: "x"', b"Content-Encoding: gzip", b"Content-Encoding: br", b"Content-Encoding: gzip, gzip",
        b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Content-Length: 0x5",
        b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: x",
        b"Expect: 100-continue", b"Upgrade: websocket", b"Host: \xff", b"Content-Type: multipart/form-data",
        b"X: " + b"y" * 20_000, b": empty", b"no colon", b"Cookie: a=b;;;=", b"Accept-Encoding: gzip",
    ]
)  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"5\r\nhello\r\n0\r\n\r\n", b"fffffffffffffffff\r\n", b"-5\r\n", b"\x1f\x8b\x08\x00", b"x" * 300_000]
    ),
)
METHODS = st.sampled_from(
    [b"GET", b"PUT", b"HEAD", b"POST", b"DELETE", b"OPTIONS", b"TRACE", b"get", b"\x00", b"G" * 9000]
)
VERSIONS = st.sampled_from([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9", b""])


def paths(urls):
    """Paths of the server, those of signed URLs, and such with something changed."""
    known = [
        "/healthz",
        "/metrics",
        "/files/",
        "/",
        "*",
        "//",
        "http://x/files/y",
        *("/" + url.split("/", 3)[3] for url in urls),
    ]
    path = st.sampled_from(known)
    return st.one_of(
        path,
        path,
        st.tuples(path, TOKENS).map("".join),
        st.tuples(path, st.integers(0, 200)).map(lambda cut: cut[0][: cut[1]]),
    )


@st.composite
def requests(draw, urls):
    """Requests that a client could have sent, or nearly."""
    line = b" ".join((draw(METHODS), draw(paths(urls)).encode("latin-1"), draw(VERSIONS)))
    headers = draw(st.lists(HEADERS, max_size=3))
    return b"\r\n".join((line, b"Host: 127.0.0.1", b"Connection: close", *headers, b"", draw(BODIES)))


def test_any_bytes_over_http(fuzzed):
    """Requests with odd methods, paths, headers and bodies, and bytes that are no request."""
    fuzzed.run(fuzzed.mend())

    @examples(150)
    @given(data=requests(fuzzed.urls) | st.binary(max_size=200))
    def send(data):
        answer = fuzzed.run(_exchange(fuzzed.service, data))
        status = answer.partition(b"\r\n")[0].split(b" ")
        assert not answer or (status[0].startswith(b"HTTP/1.") and status[1][:1] in {b"1", b"2", b"3", b"4"}), answer[
            :300
        ]
        assert fuzzed.take_defects() == []

    send()
    fuzzed.run(fuzzed.learn_anew())
    fuzzed.run(_check_files(fuzzed))


async def _exchange(service, data):
    try:
        async with asyncio.timeout(SECONDS_MAX):
            return await exchange(service, data, half_close=True)
    except ConnectionError:
        return b""


async def _check_files(fuzzed):
    """Assert that an honest download and an honest upload work."""
    download, upload, *_ = fuzzed.urls
    assert (await fuzzed.service.http("GET", download)).status == 200
    assert (await fuzzed.service.http("PUT", upload, data=b"{}")).status == 204
    assert (await fuzzed.service.http("GET", f"{download.split('/files/')[0]}/healthz")).text == "ok\n"
