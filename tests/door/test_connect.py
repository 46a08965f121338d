"""The Connect and gRPC-Web protocols on the wire: every method is served, and what is no call is refused."""

import asyncio
import base64
import gzip
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.http.limits import HttpLimits
from support import connect
from support.connect import KEYS, enveloped, error_of, post, read_stream
from support.contract import METHODS, everything, valid_request
from support.handler import until
from support.heard import heard
from support.http import at, exchange
from yarl import URL

PAGE = "https://game.example"
PROTO, JSON = "application/proto", "application/json"
STREAM, WEB, TEXT = "application/connect+proto", "application/grpc-web+proto", "application/grpc-web-text"
USE, GET = f"{KEYS}/Use", f"{KEYS}/GetNamespace"
EVENTS = "/redeem.event.v1.EventService/WatchEvents"


@pytest.fixture
async def world(service):
    """A namespace of the test's own, with the campaign `spring` in force."""
    return await service.world()


@pytest.mark.parametrize("content_type", [PROTO, JSON])
async def test_every_method_with_one_message_each_way_is_served(service, content_type):
    """By its path in gRPC; the call passes the pipeline, and a refusal has the reason that is logged."""
    for method in METHODS:
        if method.client_streaming or method.server_streaming:
            continue
        name = f"{method.containing_service.full_name}/{method.name}"
        headers = dict(await everything(service, method))
        answer = await post(service, f"/{name}", valid_request(method.input_type), content_type, headers)
        last = service.heard.events("call")[-1]
        assert last["method"] == name
        if answer.status == 200:
            assert answer.headers["Content-Type"] == content_type
        else:
            assert error_of(answer)[2] == last["reason"], name
        assert answer.headers["Trailer-X-Request-Id"] == last["request_id"]


@pytest.mark.parametrize("name", ["ImportSerialKeys", "UseStream"])
async def test_a_method_that_streams_its_request_is_refused(service, name):
    """By both protocols, as gRPC says that a method is not implemented."""
    of_connect = await post(service, f"{KEYS}/{name}", enveloped(b""), STREAM)
    of_web = await post(service, f"{KEYS}/{name}", enveloped(b""), WEB)
    if name == "UseStream":
        assert read_stream(of_connect.body).end["error"]["code"] == "unimplemented"
    assert read_stream(of_web.body).end["grpc-status"] == "12"


@pytest.mark.parametrize(
    ("verb", "path", "content_type", "status"),
    [
        ("POST", f"{KEYS}/Absent", PROTO, 404),
        ("GET", USE, PROTO, 405),
        ("PUT", GET, PROTO, 405),
        ("HEAD", GET, PROTO, 405),
        ("POST", USE, "text/plain", 415),
        ("POST", USE, STREAM, 415),
        ("POST", EVENTS, PROTO, 415),
        ("GET", f"{GET}?encoding=xml&message=a", PROTO, 415),
    ],
)
async def test_a_request_that_is_no_call_is_refused(service, verb, path, content_type, status):
    """With an error of Connect, and the header that says what is accepted."""
    answer = await service.http(verb, at(service, path), headers={"Content-Type": content_type})
    assert answer.status == status
    assert verb == "HEAD" or json.loads(answer.body)["message"]
    assert status != 405 or answer.headers["Allow"] in {"POST", "GET, POST"}
    assert status != 415 or verb == "GET" or content_type not in answer.headers["Accept-Post"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"\xff"),
        ({"Content-Type": JSON}, b"{"),
        ({"Content-Type": JSON}, b"\xff"),
        ({"Content-Type": JSON}, b"[]"),
        ({"Content-Type": JSON}, b'{"name": 1e999}'),
        ({"Content-Type": JSON}, b"[" * 50_000),
        ({"Content-Encoding": "br"}, b"packed"),
        ({"Content-Encoding": "gzip"}, b"no gzip"),
        ({"Connect-Protocol-Version": "2"}, b""),
        ({"Connect-Timeout-Ms": "soon"}, b""),
        ({"grpc-timeout": "1 S"}, b""),
    ],
)
async def test_a_message_that_cannot_be_read_is_refused(service, headers, body):
    """As the caller's mistake."""
    answer = await post(service, f"{KEYS}/CreateNamespace", body, PROTO, headers)
    assert error_of(answer) == (400, "invalid_argument", "REQUEST_MALFORMED")


async def test_json_with_a_wrong_value_names_the_field(service):
    """By its path; the value is not repeated."""
    answer = await post(service, f"{KEYS}/CreateNamespace", b'{"name": {"secret": 1}}', JSON)
    assert error_of(answer)[2] == "VALIDATION_FAILED"
    [violation] = json.loads(answer.body)["details"][1]["debug"]["fieldViolations"]
    assert violation["field"] == "name"
    assert b"secret" not in answer.body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0\0",
        enveloped(b"")[:4],
        enveloped(b"\x28\2")[:-1],
        enveloped(b"\x28\2") * 2,
        enveloped(b"x", flags=4),
        enveloped(gzip.compress(b"\x28\2", mtime=0), flags=1),
    ],
)
async def test_a_stream_without_one_message_is_refused(service, body):
    """The last one is packed, and does not say how."""
    of_connect = read_stream((await post(service, EVENTS, body, STREAM)).body)
    assert of_connect.end["error"]["details"][0]["debug"]["reason"] == "REQUEST_MALFORMED"
    of_web = read_stream((await post(service, EVENTS, body, WEB)).body)
    assert (of_web.end["grpc-status"], of_web.messages) == ("3", [])


async def test_packed_messages_are_unpacked_within_bounds(service, world):
    """Those of one message by Content-Encoding, those in envelopes by the header of their protocol."""
    request = pb.GetNamespaceRequest(namespace_name=world.name).SerializeToString()
    packed, large = gzip.compress(request), gzip.compress(b"\0" * 10_000_000)
    as_web = enveloped(packed, flags=1)
    one = await post(service, GET, packed, PROTO, {"Content-Encoding": "gzip"})
    web = await post(service, GET, as_web, WEB, {"grpc-encoding": "gzip"})
    assert pb.GetNamespaceResponse.FromString(one.body).item.name == world.name
    assert read_stream(web.body).messages == [one.body]
    refused = await post(service, GET, large, PROTO, {"Content-Encoding": "gzip"})
    assert error_of(refused)[2] == "REQUEST_TOO_LARGE"
    refused = await post(service, GET, enveloped(large, flags=1), WEB, {"grpc-encoding": "gzip"})
    assert read_stream(refused.body).end["grpc-status"] == "3"


async def test_text_may_be_padded_in_the_middle(service, world):
    """As a client sends it that encodes pieces as they come; the response is text as well."""
    request = enveloped(pb.GetNamespaceRequest(namespace_name=world.name))
    answer = await post(service, GET, connect.in_pieces(request), "application/grpc-web-text")
    ended = read_stream(b"".join(map(base64.b64decode, re.findall(b"[^=]+=*", answer.body))))
    assert pb.GetNamespaceResponse.FromString(ended.messages[0]).item.name == world.name
    assert ended.end["grpc-status"] == "0"


async def test_get_reads_by_its_query(service, world):
    """In JSON as it is, or in Base64 of URLs, packed or not."""
    text = json.dumps({"namespaceName": world.name})
    request = pb.GetNamespaceRequest(namespace_name=world.name).SerializeToString()
    in_base64 = {"base64": "1", "connect": "v1"}
    for query in (
        {"encoding": "json", "message": text},
        {"encoding": "proto", "message": base64.urlsafe_b64encode(request).decode().rstrip("=")} | in_base64,
        {"encoding": "proto", "message": base64.urlsafe_b64encode(gzip.compress(request)).decode()}
        | in_base64
        | {"compression": "gzip"},
    ):
        answer = await service.http("GET", at(service, GET), params=query, headers=dict(service.admin))
        assert (answer.status, answer.headers["Content-Type"]) == (200, f"application/{query['encoding']}")
    for wrong in ("encoding=json", "encoding=proto&message=a", "encoding=json&message=%ED%A0%80"):
        answer = await service.http(
            "GET", URL(at(service, f"{GET}?{wrong}"), encoded=True), headers=dict(service.admin)
        )
        assert json.loads(answer.body)["details"][0]["debug"]["reason"] == "REQUEST_MALFORMED"


async def test_two_values_of_a_header_are_refused(service, world):
    """A dry run never becomes a call that is committed; the same value twice is one, and tracestate is a list."""
    [code] = await world.codes()
    body = pb.UseByUserIdRequest(namespace_name=world.name, user_id="alice", code=code).SerializeToString()

    async def send(*headers):
        head = "".join(f"{name}: {value}\r\n" for name, value in (*service.admin, *headers))
        first = f"POST {KEYS}/UseByUserId HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {PROTO}\r\n"
        received = await exchange(service, f"{first}{head}Content-Length: {len(body)}\r\n\r\n".encode(), body)
        return int(received.split(b" ")[1])

    assert await send(("x-dry-run", "true"), ("X-Dry-Run", "false")) == 400
    assert await send(("x-dry-run", "true"), ("x-dry-run", "true")) == 200
    assert await send(("x-dry-run", "true"), ("tracestate", "a=1"), ("tracestate", "b=2")) == 200
    assert await send() == 200  # none of them used it up


async def test_a_call_ends_at_its_deadline(service, world):
    """Also one that waits for the store."""
    request = pb.GetNamespaceRequest(namespace_name=world.name)
    answer = await post(service, GET, request, PROTO, {"Connect-Timeout-Ms": "0"})
    assert (answer.status, json.loads(answer.body)["code"]) == (504, "deadline_exceeded")
    web = await post(service, GET, enveloped(request), WEB, {"grpc-timeout": "1n"})
    assert read_stream(web.body).end["grpc-status"] == "4"
    assert (await post(service, GET, request, PROTO, {"grpc-timeout": "1H"})).status == 200


async def test_a_page_of_a_configured_origin_may_call(service):
    """Preflights are answered; the id of a request can be read; other origins get no permission."""
    preflight = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-grpc-web",
    }
    allowed = await service.http("OPTIONS", at(service, USE), headers=preflight)
    assert (allowed.status, allowed.headers["Access-Control-Allow-Headers"]) == (204, "x-grpc-web")
    called = await post(service, GET, b"", PROTO, {"Origin": PAGE})
    assert called.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Trailer-X-Request-Id" in called.headers["Access-Control-Expose-Headers"]
    other = await post(service, GET, b"", PROTO, {"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


async def test_a_client_that_disconnects_cancels_its_call(service):
    """A stream that waits for events ends at once."""
    head = f"POST {EVENTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.key}\r\nContent-Type: {STREAM}\r\n"
    _, writer = await asyncio.open_connection("127.0.0.1", service.http_port)
    body = enveloped(event_pb.WatchEventsRequest())
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    feed = service.app.components.foundation.feed
    await until(lambda: feed.watchers)
    writer.close()
    await until(lambda: not feed.watchers)
    assert service.heard.last("WatchEvents")["code"] == "CANCELLED"
    assert not service.heard.events("defect")


async def test_a_client_that_does_not_read_stops_the_stream(tmp_path):
    """The server waits with most of the response, and ends the connection after some time."""
    async with heard(tmp_path, http_limits=HttpLimits(stalled_seconds=0.5)) as service:
        world = await service.world()
        job = await world.issue(100_000)
        asked = pb.StreamSerialKeysRequest(
            namespace_name=world.name, campaign_model_name="spring", issue_job_name=job.name
        )
        data = base64.b64encode(enveloped(asked))
        head = f"POST {KEYS}/StreamSerialKeys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.key}\r\n"
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", service.http_port))
            client.sendall(f"{head}Content-Type: {TEXT}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
            await until(lambda: service.heard.calls("StreamSerialKeys"))
        assert service.heard.last("StreamSerialKeys")["code"] == "CANCELLED"
        assert not service.heard.events("defect")


async def test_it_can_be_switched_off(tmp_path):
    """The paths are then like any other."""
    async with heard(tmp_path, connect=False) as service:
        answer = await post(service, GET, b"", PROTO)
        assert (answer.status, json.loads(json.loads(answer.body)["message"])[0]["code"]) == (404, "PATH_NOT_FOUND")


async def test_buf_curl_calls(service, world):
    """The client of the buf command, by both protocols, with a refusal."""

    def curl(protocol, **request):
        buf = Path(sys.executable).with_name("buf")
        schema = Path(__file__).parents[2] / "generated" / "descriptors" / "redeem.binpb"
        command = [buf, "curl", "--protocol", protocol, "--schema", schema, "--data", json.dumps(request)]
        key = ["--header", f"Authorization: Bearer {service.key}"]
        done = subprocess.run([*command, *key, at(service, GET)], capture_output=True, text=True, check=False)
        return done.stdout or done.stderr

    for protocol in ("connect", "grpcweb"):
        answer = json.loads(await asyncio.to_thread(curl, protocol, namespaceName=world.name))
        assert answer["item"]["name"] == world.name
        refused = json.loads(await asyncio.to_thread(curl, protocol, namespaceName="absent"))
        assert refused["code"] == "not_found"
        detail = refused["details"][0]["value"]
        assert b"NAMESPACE_NOT_FOUND" in base64.b64decode(detail + "=" * (-len(detail) % 4))
