"""The WebSocket side of the JSON door: each message is a call and gets one response."""

import asyncio
import contextlib
import json

import aiohttp
import pytest
from redeem.options.v1 import options_pb2
from redeemd.door import socket
from support.contract import policy_of
from support.door import METHODS_WITH_PATHS, function_of, members_of
from support.patience import WAIT_SECONDS


@contextlib.asynccontextmanager
async def connected(service):
    """Connect a WebSocket."""
    url = f"http://127.0.0.1:{service.http_port}/"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as connection:
        yield connection


async def received(connection):
    """Return the next response."""
    return json.loads(await connection.receive_str(timeout=WAIT_SECONDS))


async def send(connection, service, function, members, request_id="1"):
    """Send a call."""
    envelope = {"service": service, "component": "any", "function": function, "requestId": request_id}
    await connection.send_str(json.dumps({"x_gs2": envelope} | members))


@pytest.fixture(scope="module")
async def connection(service):
    """A connection that the tests of the methods share."""
    async with connected(service) as shared:
        yield shared


@pytest.fixture(scope="module")
async def credentials(service):
    """The members that hold the credentials of an administrator and of a player."""
    return {"xGs2ProjectToken": service.key, "xGs2ClientId": "any", "xGs2AccessToken": await service.token("alice")}


@pytest.mark.parametrize("method", METHODS_WITH_PATHS, ids=lambda method: method.full_name)
async def test_every_function_calls_its_method(service, connection, credentials, method):
    """A valid request succeeds, or is refused with the documented body."""
    await send(connection, *function_of(method), members_of(method) | credentials, request_id=method.name)
    response = await received(connection)
    assert response["requestId"] == method.name
    last = service.heard.events("call")[-1]
    assert last["method"] == f"{method.containing_service.full_name}/{method.name}"
    if policy_of(method).access != options_pb2.ACCESS_PUBLIC:
        assert last.get("reason") not in {"CREDENTIAL_MISSING", "CREDENTIAL_INVALID"}
    if response["status"] != 200:
        assert json.loads(response["body"]["message"])[0]["code"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ("{}", 400),
        ('{"x_gs2": "wrong"}', 400),
        ('{"x_gs2": {"service": 1, "function": null, "requestId": "1"}}', 404),
        ('{"x_gs2": {"service": "serialKey", "function": "nothing", "requestId": "1"}}', 404),
        ('{"x_gs2": {"service": "serialKey", "function": "describeNamespaces", "requestId": "1"}}', 401),
        ('{"x_gs2": {"service": "auth", "function": "login", "requestId": "1"}, "userId": 1}', 401),
    ],
)
async def test_no_message_stays_unanswered(connection, text, status):
    """Clients of the vendor wait for 30 seconds, and some lose the thread that receives."""
    await connection.send_str(text)
    response = await received(connection)
    assert response["status"] == status
    assert json.loads(response["body"]["message"])[0]["code"]


async def test_calls_of_a_connection_run_at_once(service, credentials):
    """Many messages are answered, in any order, each once."""
    world = await service.world()
    codes = await world.codes(socket.CALLS_MAX * 2)
    async with connected(service) as own:
        for number, code in enumerate(codes):
            members = {"namespaceName": world.name, "code": code}
            await send(own, "serialKey", "use", members | credentials, request_id=str(number))
        responses = [await received(own) for _ in codes]
    assert {response["requestId"] for response in responses} == {str(number) for number in range(len(codes))}
    assert {response["body"]["item"]["status"] for response in responses} == {"USED"}


async def test_a_duplication_avoider_is_a_member(service, credentials):
    """The same one: the same response."""
    world = await service.world()
    [code] = await world.codes()
    members = {"namespaceName": world.name, "code": code, "xGs2DuplicationAvoider": "once"} | credentials
    async with connected(service) as own:
        for _ in range(2):
            await send(own, "serialKey", "use", members)
            assert (await received(own))["body"]["item"]["status"] == "USED"


async def ended(connection):
    """Wait until the server closes a connection."""
    async with asyncio.timeout(WAIT_SECONDS):
        while (await connection.receive()).type not in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}:
            pass


async def test_a_connection_without_a_successful_call_is_closed(service, credentials, monkeypatch):
    """After some time, whether it sends nothing, a part of a message, or calls that are refused; others stay."""
    monkeypatch.setattr(socket, "STRANGER_SECONDS", 0.5)
    async with connected(service) as known, connected(service) as silent, connected(service) as refused:
        await send(known, "serialKey", "describeNamespaces", credentials)
        assert (await received(known))["status"] == 200
        await send(refused, "serialKey", "describeNamespaces", {})
        assert (await received(refused))["status"] == 401
        await ended(silent)
        await ended(refused)
        await send(known, "serialKey", "describeNamespaces", credentials)
        assert (await received(known))["status"] == 200


async def test_strangers_make_room_for_newer_ones(service, monkeypatch):
    """So nobody keeps others out with connections that do nothing."""
    monkeypatch.setattr(socket, "STRANGERS_MAX", 2)
    async with connected(service) as first, connected(service), connected(service):
        await ended(first)


async def test_a_message_that_is_too_large_closes_the_connection(service):
    """With the status that the standard has for it (RFC 6455, 7.4.1)."""
    async with connected(service) as own:
        await own.send_str(json.dumps({"x": "x" * socket.MESSAGE_BYTES_MAX}))
        await ended(own)
        assert own.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_open_sockets_are_bounded(service, monkeypatch):
    """One more than allowed is refused; when one has closed, there is room again."""
    monkeypatch.setattr(socket, "SOCKETS_MAX", 2)
    async with connected(service), contextlib.AsyncExitStack() as stack:
        with contextlib.suppress(aiohttp.WSServerHandshakeError):
            while True:
                await stack.enter_async_context(connected(service))
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            with contextlib.suppress(aiohttp.WSServerHandshakeError):
                async with connected(service):
                    return


@pytest.mark.parametrize("avoider", [5, True, ["a"], {}])
async def test_a_duplication_avoider_that_is_no_text_is_refused(service, credentials, avoider):
    """A call whose key is lost would be repeated."""
    world = await service.world()
    [code] = await world.codes()
    members = {"namespaceName": world.name, "code": code, "xGs2DuplicationAvoider": avoider} | credentials
    async with connected(service) as own:
        await send(own, "serialKey", "use", members)
        assert (await received(own))["status"] == 400
    assert not (await world.call("GetSerialKey", code=code)).item.used_user_id
