"""Web pages call every kind of method, from Chromium and with the libraries of npm for Connect and gRPC-Web."""

import pytest
from google.protobuf import json_format
from redeem.event.v1 import event_service_pb2
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2, serialkey_service_pb2
from support import web_page
from support.handler import until
from support.heard import heard
from support.holding import held_store
from support.http import at
from support.web_page import IN_NODE

KEYS = serialkey_service_pb2.DESCRIPTOR.services_by_name["SerialKeyService"].methods_by_name
USE, GET, STREAM = KEYS["Use"], KEYS["GetSerialKey"], KEYS["StreamSerialKeys"]
WATCH = event_service_pb2.DESCRIPTOR.services_by_name["EventService"].methods_by_name["WatchEvents"]


# Of a browser, those that differ in what it does: the others differ in what the libraries do.
IN_CHROMIUM = ("connect get", "connect gzip", "connect grpc-web", "grpc-web text")
WAYS = [("Node.js", client) for client in IN_NODE] + [("Chromium", client) for client in IN_CHROMIUM]
# The binary format of grpc-web is read at the end of a response: the package streams text alone.
AS_IT_ARRIVES = [way for way in WAYS if way[1] != "grpc-web binary"]


def by(ways):
    """Run a test with each of some libraries, in the browser and in the program that stands for one."""
    return pytest.mark.parametrize(("page", "client"), ways, indirect=["page"], ids=map(" ".join, ways))


every_way = by(WAYS)


@pytest.fixture(scope="module")
async def site(tmp_path_factory):
    """The page, on a server of its own: its origin is not that of redeemd."""
    async with web_page.site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
async def service(tmp_path_factory, site):
    """A server that the page may call; its log is `service.heard`."""
    async with heard(tmp_path_factory.mktemp("door"), cors_origins=site.origin) as served:
        yield served


@pytest.fixture(scope="module")
async def in_node(service):
    """The program of Node.js that stands for the page."""
    async with web_page.in_node(at(service, "")) as running:
        yield running


@pytest.fixture(scope="module")
async def in_chromium(service, site, chromium):
    """The page in Chromium."""
    async with web_page.in_chromium(chromium, at(service, ""), site.origin) as opened:
        yield opened


@pytest.fixture
def page(request):
    """The page in Chromium, or the program that stands for it."""
    return request.getfixturevalue("in_node" if request.param == "Node.js" else "in_chromium")


@pytest.fixture
async def world(service):
    """A namespace of the test's own, with the campaign `spring` in force."""
    return await service.world()


def read(said, kind):
    """Return the messages of an outcome."""
    return [json_format.ParseDict(each, kind()) for each in said.messages]


def under_way(service):
    """Return how many calls the server has not finished."""
    return service.telemetry.registry.get_sample_value("redeemd_calls_in_flight")


def headers(service):
    """Return the headers of a call by the administrator."""
    return dict(service.admin)


@every_way
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


@every_way
async def test_a_violation_names_its_field(service, page, world, client):
    """As BadRequest, beside the ErrorInfo."""
    request = pb.UseRequest(namespace_name=world.name, access_token=await service.token("alice"))
    refused = await page.call(client, USE, request)
    assert (refused.code, refused.reasons) == ("invalidargument", ["VALIDATION_FAILED"])
    assert refused.details == ["google.rpc.ErrorInfo", "google.rpc.BadRequest"]


@every_way
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


@every_way
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


@every_way
async def test_a_refused_stream_says_why(service, page, world, client):
    """In its last message, or in its trailers."""
    request = pb.StreamSerialKeysRequest(
        namespace_name=world.name, campaign_model_name="spring", issue_job_name="absent"
    )
    refused = await page.call(client, STREAM, request, headers(service))
    assert (refused.code, refused.reasons, refused.messages) == ("notfound", ["ISSUE_JOB_NOT_FOUND"], [])


@by(AS_IT_ARRIVES)
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


@every_way
async def test_a_stream_ends_at_its_deadline(service, page, world, client):
    """On the server too."""
    request = event_pb.WatchEventsRequest(namespace_names=[world.name])
    said = await page.call(client, WATCH, request, headers(service), timeout_ms=300)
    assert said.code == "deadlineexceeded"
    feed = service.app.components.foundation.feed
    await until(lambda: not feed.watchers)
    assert service.heard.last("WatchEvents")["code"] in {"DEADLINE_EXCEEDED", "CANCELLED"}


@every_way
async def test_a_call_that_the_page_aborts_is_cancelled(service, page, world, client):
    """On the server too: it waits for the store no longer, and changes nothing."""
    [code] = await world.codes()
    request = pb.UseRequest(namespace_name=world.name, access_token=await service.token("alice"), code=code)
    async with held_store(service):
        number = page.send(client, USE, request)
        await until(lambda: under_way(service))
        page.abort(number)
        assert (await page.receive()).code == "canceled"
        await until(lambda: not under_way(service))
    assert service.heard.last("Use")["code"] == "CANCELLED"
    found = await world.call("GetSerialKey", code=code)
    assert found.item.status == resources_pb2.SERIAL_KEY_STATUS_ACTIVE


@every_way
async def test_a_call_ends_at_its_deadline(service, page, world, client):
    """On both sides; the message of the server says why, if it arrives first."""
    request = pb.GetSerialKeyRequest(namespace_name=world.name, code="x")
    async with held_store(service):
        assert (await page.call(client, GET, request, headers(service), timeout_ms=300)).code == "deadlineexceeded"
        await until(lambda: not under_way(service))
    assert service.heard.last("GetSerialKey")["code"] in {"DEADLINE_EXCEEDED", "CANCELLED"}


async def test_a_page_of_another_origin_is_refused(service, site, chromium, world):
    """By the browser, which asks the server before each kind of call: none arrives."""
    request = pb.GetSerialKeyRequest(namespace_name=world.name, code="x")
    before = len(service.heard.calls("GetSerialKey"))
    async with web_page.in_chromium(chromium, at(service, ""), site.stranger) as page:
        said = [await page.call(client, GET, request, headers(service)) for client in IN_CHROMIUM]
    assert {each.code for each in said} <= {"unknown", "unavailable"}
    assert not any(each.messages for each in said)
    assert len(service.heard.calls("GetSerialKey")) == before


@pytest.mark.parametrize(("place", "clients"), [("Node.js", IN_NODE), ("Chromium", IN_CHROMIUM)])
async def test_streams_end_when_the_server_drains(tmp_path, site, chromium, place, clients):
    """They say why, so that a page connects to another server."""
    async with heard(tmp_path, cors_origins=site.origin) as service:
        opened = (
            web_page.in_node(at(service, ""))
            if place == "Node.js"
            else web_page.in_chromium(chromium, at(service, ""), site.origin)
        )
        async with opened as page:
            request = event_pb.WatchEventsRequest(start=event_pb.START_OLDEST)
            for client in clients:
                page.send(client, WATCH, request, headers(service))
            feed = service.app.components.foundation.feed
            await until(lambda: feed.watchers == len(clients))
            await service.app.stop()
            ended = [await page.receive() for _ in clients]
    assert [(said.code, said.reasons) for said in ended] == [("unavailable", ["SERVER_STOPPING"])] * len(clients)
