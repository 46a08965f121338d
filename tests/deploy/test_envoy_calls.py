"""How the configuration of deploy/envoy treats calls: deadlines, streams, retries, and the access log."""

import asyncio
import contextlib
import json
import re
import secrets

import asyncpg
import grpc
import pytest
from redeem.event.v1 import event_service_pb2_grpc
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.limit.v1 import limit_service_pb2_grpc
from redeem.limit.v1 import requests_pb2 as pb
from redeemd.contract.options import policy
from support import certificates
from support.contract import METHODS
from support.envoy import shipped
from support.limits import make_limits
from support.mesh import LOBBY
from support.service import refused

LIMIT_SECONDS = 1


def routes(config):
    """Return the routes of all listeners; YAML's aliases make them the same objects."""
    (shared,) = {
        id(found): found
        for listener in config["static_resources"]["listeners"]
        for chain in listener["filter_chains"]
        for host in chain["filters"][0]["typed_config"]["route_config"]["virtual_hosts"]
        for found in [host["routes"]]
    }.values()
    return shared


ROUTES = routes(shipped())


def route_of(path, *, key):
    """Return the route of a call as Envoy selects it: the first one that matches."""
    for route in ROUTES:
        match = route["match"]
        fits = (
            path == match.get("path")
            or path.startswith(match.get("prefix", "\n"))
            or ("safe_regex" in match and re.fullmatch(match["safe_regex"]["regex"], path))
        )
        if fits and (key or "headers" not in match):
            return route["route"]
    raise AssertionError(path)


def repeats_executed_calls(route):
    """Return whether Envoy repeats calls that a replica may have executed."""
    return not {"reset", "unavailable", "cancelled"}.isdisjoint(route["retry_policy"]["retry_on"].split(","))


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_envoy_repeats_what_is_safe_to_repeat(method):
    """Reads, and writes with an idempotency key. Streams are not, and have no limit but the caller's deadline."""
    rule = policy(method)
    path = f"/{method.containing_service.full_name}/{method.name}"
    assert not repeats_executed_calls(route_of(path, key=False)) or not rule.writes
    streams = method.client_streaming or method.server_streaming
    assert repeats_executed_calls(route_of(path, key=True)) == (not streams and (rule.idempotent or not rule.writes))
    for key in (False, True):
        route = route_of(path, key=key)
        assert route["timeout"] == "0s"
        assert ("max_stream_duration" in route["max_stream_duration"]) == (not streams)


def impatient(config):
    """Limit calls to a second, as a mesh does by default to 15."""
    for route in routes(config):
        limit = route.get("route", {}).get("max_stream_duration", {})
        if "max_stream_duration" in limit:
            limit["max_stream_duration"] = f"{LIMIT_SECONDS}s"


@pytest.fixture(scope="module")
async def impatient_mesh(mesh):
    """An Envoy whose limit of calls without a deadline is short."""
    async with mesh.other_envoy("impatient", impatient):
        yield mesh


async def test_a_stream_outlasts_the_limit_of_calls(impatient_mesh):
    """The stream of events goes on after the limit has passed."""
    async with impatient_mesh.service() as service:
        world = await service.world()
        stub = event_service_pb2_grpc.EventServiceStub(service.channel)
        stream = stub.WatchEvents(event_pb.WatchEventsRequest(namespace_names=[world.name]), metadata=service.admin)
        assert not (await stream.read()).items
        await asyncio.sleep(2 * LIMIT_SECONDS)
        await world.codes(1)
        assert (await stream.read()).items
        stream.cancel()


@contextlib.asynccontextmanager
async def no_writes(mesh):
    """Block writes inside the block."""
    connection = await asyncpg.connect(mesh.replicas.environment["REDEEMD_DATABASE"])
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE idempotency IN SHARE MODE")
            yield
    finally:
        await connection.close()


async def count_up(limits, key, **options):
    """Count up once."""
    request = pb.CountUpByUserIdRequest(
        namespace_name=limits.name, user_id="alice", limit_name="ever", counter_name="counted"
    )
    metadata = (*limits.service.admin, ("idempotency-key", key))
    return await limits.service.limits.CountUpByUserId(request, metadata=metadata, **options)


async def test_a_call_that_reached_the_limit_is_repeated_with_its_key(impatient_mesh):
    """The limit cancels the call, and its caller does not learn the outcome; with the same key it is executed once."""
    key = secrets.token_hex()
    async with impatient_mesh.service() as service, channel(impatient_mesh) as opened:
        limits = await make_limits(service)
        service.limits = limit_service_pb2_grpc.LimitServiceStub(opened)
        async with no_writes(impatient_mesh):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await count_up(limits, key)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert await count_up(limits, key) == await count_up(limits, key)
        assert (await limits.get(counter="counted", limit="ever")).count == 1


def channel(mesh):
    """Return a channel without the service config, and so without its deadlines."""
    return certificates.channel(mesh.envoy.ports["mesh"], mesh.authority.ca, mesh.certificate(LOBBY))


async def test_the_deadline_of_a_caller_counts_instead_of_the_limit(impatient_mesh):
    """A call with a longer deadline is not cancelled."""
    async with impatient_mesh.service() as service:
        limits = await make_limits(service)
        async with no_writes(impatient_mesh):
            waiting = asyncio.create_task(count_up(limits, secrets.token_hex(), timeout=50))
            await asyncio.sleep(2 * LIMIT_SECONDS)
            assert not waiting.done()
        assert (await waiting).item.count == 1


async def test_refusals_reach_envoy_with_their_first_header(mesh):
    """Envoy retries by status only if that is in the first header, which it is if no other was sent before."""
    refusal, reply = secrets.token_hex(), secrets.token_hex()
    async with mesh.other_envoy("trailers", show_where_the_status_is) as envoy, mesh.service() as service:
        with refused("NAMESPACE_NOT_FOUND"):
            await service.call("GetNamespace", namespace_name="none", headers=[("x-request-id", refusal)])
        await service.call("DescribeNamespaces", headers=[("x-request-id", reply)])
        lines = [await envoy.logged(refusal), await envoy.logged(reply)]
    places = [(line["in_header"], line["in_trailer"]) for line in lines]
    assert places == [("5", None), (None, "0")]


def show_where_the_status_is(config):
    """Add it to the access log."""
    for listener in config["static_resources"]["listeners"]:
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        shown = manager["access_log"][0]["typed_config"]["log_format"]["json_format"]
        shown |= {"in_header": "%RESP(GRPC-STATUS)%", "in_trailer": "%TRAILER(GRPC-STATUS)%"}


async def test_the_access_log_has_the_ids_of_the_request_and_of_the_trace(mesh, meshed_world):
    """Those that redeemd has in the error: of the request, from the caller, and of the trace, which passes through."""
    request_id, trace_id = secrets.token_hex(), secrets.token_hex(16)
    headers = [("x-request-id", request_id), ("traceparent", f"00-{trace_id}-{secrets.token_hex(8)}-01")]
    with refused("CAMPAIGN_MODEL_NOT_FOUND") as refusal:
        await meshed_world.call("IssueOnce", campaign_model_name="none", headers=headers)
    assert (refusal.metadata["request_id"], refusal.metadata["trace_id"]) == (request_id, trace_id)
    line = await mesh.envoy.logged(request_id)
    assert line["traceparent"].split("-")[1] == trace_id
    assert line["path"] == "/redeem.serialkey.v1.SerialKeyService/IssueOnce"
    assert (line["grpc_status"], line["http_status"], line["attempts"]) == ("NOT_FOUND", 200, 1)
    assert line["client"].startswith("spiffe://studio.example/")
    assert line["replica"] in mesh.replicas.addresses


async def test_a_request_without_an_id_gets_one_of_envoy(mesh, meshed_world):
    """It is in the response, in the access log, and in redeemd's error."""
    posted = await mesh.post(
        "/redeem.serialkey.v1.SerialKeyService/Use",
        token=mesh.provider.token(sub="alice"),
        json={"namespaceName": meshed_world.name, "code": "AAAAAAAAAAAAAA"},
    )
    request_id = posted.headers["x-request-id"]
    assert (await mesh.envoy.logged(request_id))["http_status"] == 404
    (info,) = [detail for detail in json.loads(posted.body)["details"] if detail["@type"].endswith("ErrorInfo")]
    assert info["metadata"]["request_id"] == request_id
