"""Calls of web pages as nobody's library makes them: each is refused by the contract, and leaves nothing behind."""

import base64
import contextlib
import itertools
import random
import struct
import threading
from unittest.mock import Mock

import pytest
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.contract import json_text
from redeemd.door.connect import forms, messages
from redeemd.errors import RequestMalformed, RequestTooLarge, ValidationFailed
from support import connect
from support.connect import KEYS, enveloped, post
from support.contract import METHODS
from support.http import at, exchange

PATHS = (f"{KEYS}/Use", f"{KEYS}/StreamSerialKeys", f"{KEYS}/ImportSerialKeys", f"{KEYS}/Absent")
TYPES = (
    *forms.accepted(streams=False),
    *forms.accepted(streams=True),
    "",
    "application/grpc-web+thrift",
    "*/*; x=\u00e9",
)
BODIES = [
    b"",
    b"\0",
    b"\xff" * 100,
    b"{" * 1000,
    struct.pack(">BI", 0, 2**32 - 1),
    struct.pack(">BI", 1, 0),
    struct.pack(">BI", 0x80, 0),
    enveloped(b"") * 1000,
    enveloped(b"\x08" * 9, flags=1),
    base64.b64encode(enveloped(b""))[:-1],
    b"AA=" * 20_000,
    b"=" * 80_000,
]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "key", "value", "x"]) | st.text(), inner, max_size=3)
    ),
)


@given(st.data())
def test_any_json_is_a_message_or_refused(data):
    """Whatever value any field of any request has."""
    method = data.draw(st.sampled_from(METHODS))
    names = st.sampled_from(["", *(field.json_name for field in method.input_type.fields)])
    text = json_text.write(data.draw(st.dictionaries(names, _VALUES, max_size=4)))
    kind = GetMessageClass(method.input_type)
    with contextlib.suppress(RequestMalformed, ValidationFailed):
        kind.FromString(messages._from_json(text.encode("utf-8", "surrogatepass"), kind))


@given(st.binary(max_size=300) | st.text("AQz+/-_=\r\n", max_size=300).map(str.encode))
async def test_any_bytes_are_an_envelope_or_refused(data):
    """In Base64 and not; what is said to be packed is unpacked within bounds."""
    request = Mock(headers={"grpc-encoding": "gzip"})
    form = forms.of_type("application/grpc-web", streams=False)
    for read in (messages._bytes_of(data), messages._out_of_envelope(data, request, form, 100)):
        with contextlib.suppress(RequestMalformed, RequestTooLarge):
            await read


@pytest.mark.parametrize("path", PATHS)
async def test_no_request_is_an_error_of_the_server(service, path):
    """Whatever its content type says of its body."""
    for content_type, body in itertools.product(TYPES, BODIES):
        answer = await post(service, path, body, content_type)
        assert answer.status not in {500, 502}, (content_type, body[:20])
        assert answer.status < 500 or path.endswith("ImportSerialKeys"), (content_type, body[:20])
        if answer.status == 200 and "grpc-web" in content_type:
            text = base64.b64decode(answer.body) if "text" in content_type else answer.body
            assert connect.read_stream(text).end["grpc-status"] not in {"2", "13"}


async def test_long_text_is_not_decoded_on_the_event_loop(service, monkeypatch):
    """Base64 with padding in each piece takes a second for a few megabytes, for which players would wait."""
    threads = []
    decode = messages._decoded
    monkeypatch.setattr(messages, "_decoded", lambda text: threads.append(threading.current_thread()) or decode(text))
    await post(service, f"{KEYS}/GetNamespace", b"AA=" * 20_000, "application/grpc-web-text")
    assert threads
    assert threading.main_thread() not in threads


async def test_a_half_open_request_is_given_up_when_its_client_leaves(service):
    """After a part of its head, of its body, or of a chunk; others are served."""
    head = f"POST {KEYS}/GetNamespace HTTP/1.1\r\nHost: x\r\nContent-Type: application/proto\r\n".encode()
    for start in (
        head[:30],
        head + b"Content-Length: 100\r\n\r\nabc",
        head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        head + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        head + b"Content-Length: -1\r\n\r\n",
        head + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        head + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        head + b"X: y\r\n" * 2000 + b"\r\n",
        head + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\na",
        head + b"Connect-Timeout-Ms: 99999999999\r\nContent-Length: 0\r\n\r\n",
        head + b"grpc-timeout: 1X\r\nContent-Length: 0\r\n\r\n",
    ):
        answer = await exchange(service, start, half_close=True)
        assert not answer.startswith(b"HTTP/1.1 5"), start[-60:]
    assert (
        await post(service, f"{KEYS}/DescribeNamespaces", pb.DescribeNamespacesRequest(), "application/proto")
    ).status == 200


async def test_no_request_makes_the_metrics_grow(service):
    """Their labels have values of the contract alone: neither paths, nor types, nor methods that clients make up."""

    async def series():
        text = (await service.http("GET", at(service, "/metrics"))).body.decode()
        return {line.rpartition(" ")[0] for line in text.splitlines() if line and not line.startswith("#")}

    async def send(number):
        word = f"made-up-{number}-{random.getrandbits(64):x}"
        line = f"{word.upper()} /redeem.{word}/{word}?{word} HTTP/1.1"
        head = "\r\n".join((line, f"Host: {word}", f"User-Agent: {word}", f"X-{word}: {word}", ""))
        await exchange(service, f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        headers = {
            "X-Request-Id": word,
            "Authorization": f"Bearer {word}",
            "User-Agent": word,
            "Origin": f"https://{word}",
        }
        for path in (f"{KEYS}/{word}", f"{KEYS}/Use", f"/{word}", "/"):
            await post(service, path, b"", f"application/{word}", headers)
            await post(service, path, b"", "application/proto", headers)

    await send(0)
    before = await series()
    for number in range(1, 10):
        await send(number)
    assert await series() == before
