"""Web pages call every kind of method with the libraries that they use: Connect and gRPC-Web of npm."""

import pytest
from google.protobuf import json_format
from redeem.event.v1 import event_service_pb2
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2, serialkey_service_pb2
from support import web_page
from support.handler import until
from support.heard import heard
from support.web_page import CLIENTS

KEYS = serialkey_service_pb2.DESCRIPTOR.services_by_name["SerialKeyService"].methods_by_name
USE, GET, STREAM = KEYS["Use"], KEYS["GetSerialKey"], KEYS["StreamSerialKeys"]
WATCH = event_service_pb2.DESCRIPTOR.services_by_name["EventService"].methods_by_name["WatchEvents"]


# The binary format of grpc-web is read at the end of a response: the package streams text alone.
READING_AS_IT_ARRIVES = [client for client in CLIENTS if client != "grpc-web binary"]


@pytest.fixture(scope="module")
async def page(service):
    """A web page that calls the server of the module."""
    async with web_page.page(service, web_page.installed()) as running:
        yield running


@pytest.fixture(params=CLIENTS)
def client(request):
    """A library, and how it is set up."""
    return request.param


@pytest.fixture
async def world(service):
    """A namespace of the test's own, with the campaign `spring` in force."""
    return await service.world()


def read(said, kind):
    """Return the messages of an outcome."""
    return [json_format.ParseDict(each, kind()) for each in said.messages]


def headers(service):
    """Return the headers of a call by the administrator."""
    return dict(service.admin)


async def test_a_player_redeems_and_learns_why_not(service, page, world, client):
    """With the details that gRPC sends, and the id of the request; the call passes the same pipeline."""
    [code] = await world.codes()
    request = pb.UseRequest(namespace_name=world.name, access_token=await service.token("alice"), code=code)
    used = await page.call(client, USE, request, {"x-request-id": "mine", "idempotency-key": "a-key-of-the-page"})
    [reply] = read(used, pb.UseResponse)
    assert (reply.item.status, reply.item.used_user_id) == (resources_pb2.SERIAL_KEY_STATUS_USED, "alice")
    assert service.heard.last("Use")["request_id"] == "mine"
    repeated = await page.call(client, USE, request, {"idempotency-key": "a-key-of-the-page"})
    assert read(repeated, pb.UseResponse) == [reply]
    again = await page.call(client, USE, request, {"x-request-id": "again"})
    assert (again.code, again.reasons, again.details) == (
        "failedprecondition",
        ["CODE_STATUS_INVALID"],
        ["google.rpc.ErrorInfo"],
    )
    assert again.trailers["x-request-id"] == "again"


async def test_a_violation_names_its_field(service, page, world, client):
    """As BadRequest, beside the ErrorInfo."""
    request = pb.UseRequest(namespace_name=world.name, access_token=await service.token("alice"))
    refused = await page.call(client, USE, request)
    assert (refused.code, refused.reasons) == ("invalidargument", ["VALIDATION_FAILED"])
    assert refused.details == ["google.rpc.ErrorInfo", "google.rpc.BadRequest"]


async def test_a_method_without_side_effects_is_read(service, page, world, client):
    """By GET where the library is told so; the texts of an error arrive as they are."""
    [code] = await world.codes()
    request = pb.GetSerialKeyRequest(namespace_name=world.name, code=code)
    [reply] = read(await page.call(client, GET, request, headers(service)), pb.GetSerialKeyResponse)
    assert reply.item.code == code
    unknown = await page.call(client, GET, pb.GetSerialKeyRequest(namespace_name="é%", code="x"), headers(service))
    assert unknown.code == "invalidargument"
    stranger = await page.call(client, GET, request)
    assert (stranger.code, stranger.reasons) == ("unauthenticated", ["CREDENTIAL_MISSING"])


async def test_a_response_is_streamed(service, page, world, client):
    """All messages arrive in their order, then the end."""
    batch = await world.issue(6000)
    request = pb.StreamSerialKeysRequest(
        namespace_name=world.name, campaign_model_name="spring", issue_job_name=batch.name
    )
    said = await page.call(client, STREAM, request, headers(service))
    assert said.code == "ok"
    assert len(said.messages) > 1
    issued = [key.code for key in await world.keys(batch)]
    assert [code for each in read(said, pb.StreamSerialKeysResponse) for code in each.codes] == issued


async def test_a_refused_stream_says_why(service, page, world, client):
    """In its last message, or in its trailers."""
    request = pb.StreamSerialKeysRequest(
        namespace_name=world.name, campaign_model_name="spring", issue_job_name="absent"
    )
    refused = await page.call(client, STREAM, request, headers(service))
    assert (refused.code, refused.reasons, refused.messages) == ("notfound", ["ISSUE_JOB_NOT_FOUND"], [])


@pytest.mark.parametrize("client", READING_AS_IT_ARRIVES)
async def test_events_arrive_while_the_stream_is_open(service, page, world, client):
    """A page that closes it leaves no watcher behind, and the log says that it cancelled the call."""
    request = event_pb.WatchEventsRequest(namespace_names=[world.name], start=event_pb.START_OLDEST)
    page.send(client, WATCH, request, headers(service), take=2)
    feed = service.app.components.foundation.feed
    await until(lambda: feed.watchers)
    await world.codes()
    said = await page.receive()
    assert [bool(each.items) for each in read(said, event_pb.WatchEventsResponse)] == [False, True]
    await until(lambda: not feed.watchers)
    assert service.heard.last("WatchEvents")["code"] == "CANCELLED"


async def test_a_stream_ends_at_its_deadline(service, page, world, client):
    """On the server too."""
    request = event_pb.WatchEventsRequest(namespace_names=[world.name])
    said = await page.call(client, WATCH, request, headers(service), timeout_ms=300)
    assert said.code == "deadlineexceeded"
    feed = service.app.components.foundation.feed
    await until(lambda: not feed.watchers)
    assert service.heard.last("WatchEvents")["code"] in {"DEADLINE_EXCEEDED", "CANCELLED"}


async def test_streams_end_when_the_server_drains(tmp_path):
    """They say why, so that a page connects to another server."""
    async with heard(tmp_path) as service, web_page.page(service, web_page.installed()) as page:
        request = event_pb.WatchEventsRequest(start=event_pb.START_OLDEST)
        for client in CLIENTS:
            page.send(client, WATCH, request, headers(service))
        feed = service.app.components.foundation.feed
        await until(lambda: feed.watchers == len(CLIENTS))
        await service.app.stop()
        ended = [await page.receive() for _ in CLIENTS]
    assert [(said.code, said.reasons) for said in ended] == [("unavailable", ["SERVER_STOPPING"])] * len(CLIENTS)
