"""What operators see of a server: health, reflection, limits, metrics."""

import asyncio

import aiohttp
import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from prometheus_client.parser import text_string_to_metric_families
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.rpc.server import RECEIVE_BYTES_MAX
from support.patience import WAIT_SECONDS
from support.service import bearer, refused, running

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
OURS = [
    "redeem.auth.v1.AuthService",
    "redeem.event.v1.EventService",
    "redeem.exchange.v1.ExchangeService",
    "redeem.limit.v1.LimitService",
    "redeem.serialkey.v1.SerialKeyService",
    "redeem.transaction.v1.TransactionService",
]
REFLECTIONS = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]


def health(service):
    """Return a client of the health service."""
    return health_pb2_grpc.HealthStub(service.channel)


async def reflect(service, version, **fields):
    """Send one request to a reflection service."""
    ask = service.channel.stream_stream(
        f"/{version}/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    call = ask(iter([reflection_pb2.ServerReflectionRequest(**fields)]))
    (answer,) = [answer async for answer in call]
    return answer


async def fetch(service, path):
    """Fetch a page of the HTTP side; return status and text."""
    url = f"http://127.0.0.1:{service.http_port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def scrape(service):
    """Return all of /metrics, as it was in one moment: housekeeping goes on between two of them."""
    return (await fetch(service, "/metrics"))[1]


def number(page, name, **labels):
    """Return a number of /metrics, 0 when it is not there."""
    wanted = {f'{label}="{value}"' for label, value in labels.items()}
    lines = [line.rpartition(" ") for line in page.splitlines() if line.partition("{")[0].partition(" ")[0] == name]
    return sum(float(value) for head, _, value in lines if all(label in head for label in wanted))


@pytest.mark.parametrize("name", ["", *OURS])
async def test_check_says_serving_and_not_serving(own_service, name):
    """Check of each service and of the whole server returns the status that was set."""
    request = health_pb2.HealthCheckRequest(service=name)
    assert (await health(own_service).Check(request)).status == SERVING
    await own_service.app.set_serving(False)
    assert (await health(own_service).Check(request)).status == NOT_SERVING


async def test_a_server_that_cannot_serve_is_alive(own_service):
    """Liveness stays SERVING while the database is away and while the server drains: a restart would not help."""
    request = health_pb2.HealthCheckRequest(service="liveness")
    await own_service.app.set_serving(False)
    assert (await health(own_service).Check(request)).status == SERVING
    assert await fetch(own_service, "/livez") == (200, "ok\n")
    assert await fetch(own_service, "/readyz") == (503, "not serving\n")
    await own_service.app.set_serving(True)
    assert await fetch(own_service, "/readyz") == (200, "ok\n")


async def test_a_draining_server_is_alive_and_stays_not_serving(tmp_path):
    """This holds whatever happens to the database meanwhile."""
    async with running(tmp_path) as service:
        stopping = asyncio.create_task(service.app.stop(drain_seconds=WAIT_SECONDS))
        watch = health(service).Watch(health_pb2.HealthCheckRequest(service=""))
        while (await watch.read()).status != NOT_SERVING:
            pass
        await service.app.set_serving(True)
        assert (await health(service).Check(health_pb2.HealthCheckRequest())).status == NOT_SERVING
        alive = await health(service).Check(health_pb2.HealthCheckRequest(service="liveness"))
        assert alive.status == SERVING
        watch.cancel()
        stopping.cancel()
        await asyncio.wait({stopping})


async def test_clients_connect_anew_after_the_age_of_a_connection_without_a_failed_call(tmp_path):
    """So that they find new replicas; a stream goes on over its old connection."""
    async with running(tmp_path, connection_age_seconds=0.5, channelz=True) as service:
        world = await service.world()
        watch = health(service).Watch(health_pb2.HealthCheckRequest(service=""))
        assert (await watch.read()).status == SERVING
        channelz = channelz_pb2_grpc.ChannelzStub(service.channel)
        sockets = set()
        async with asyncio.timeout(WAIT_SECONDS):
            while len(sockets) < 3:
                await world.call("GetNamespace")
                servers = (await channelz.GetServers(channelz_pb2.GetServersRequest())).server
                for server in servers:
                    request = channelz_pb2.GetServerSocketsRequest(server_id=server.ref.server_id)
                    found = (await channelz.GetServerSockets(request)).socket_ref
                    sockets |= {each.socket_id for each in found}
        await service.app.set_serving(False)
        assert (await watch.read()).status == NOT_SERVING
        watch.cancel()


@pytest.mark.parametrize("name", ["", *OURS])
async def test_watch_receives_each_change(own_service, name):
    """A watcher gets the state at once and again whenever it changes."""
    watch = health(own_service).Watch(health_pb2.HealthCheckRequest(service=name))
    seen = [(await watch.read()).status]
    for serving in (False, True):
        await own_service.app.set_serving(serving)
        seen.append((await watch.read()).status)
    watch.cancel()
    assert seen == [SERVING, NOT_SERVING, SERVING]


async def test_health_of_an_unknown_service_is_not_found(service):
    """A name that is no service is a mistake of the checker, not a sick service."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await health(service).Check(health_pb2.HealthCheckRequest(service="redeem.absent.v1.AbsentService"))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("version", REFLECTIONS)
async def test_reflection_lists_all_services(service, version):
    """Both versions of reflection name our services, health, and reflection itself."""
    answer = await reflect(service, version, list_services="")
    names = sorted(found.name for found in answer.list_services_response.service)
    assert names == sorted(["grpc.health.v1.Health", *REFLECTIONS, *OURS])


@pytest.mark.parametrize("version", REFLECTIONS)
@pytest.mark.parametrize("name", OURS)
async def test_reflection_describes_our_services(service, version, name):
    """A tool finds the file of a service and in it the service."""
    answer = await reflect(service, version, file_containing_symbol=name)
    files = [
        descriptor_pb2.FileDescriptorProto.FromString(data)
        for data in answer.file_descriptor_response.file_descriptor_proto
    ]
    assert name in {f"{file.package}.{found.name}" for file in files for found in file.service}


@pytest.mark.parametrize("path", ["/redeem.serialkey.v1.SerialKeyService/Absent", "/redeem.absent.v1.Absent/Use"])
async def test_an_unknown_method_is_unimplemented(service, path):
    """Of a service we have, and of one we have not."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await service.channel.unary_unary(path)(b"", metadata=service.admin)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


async def test_bytes_that_are_no_message_are_the_callers_fault(service):
    """Malformed bytes get INVALID_ARGUMENT with a reason, not INTERNAL."""
    with refused("REQUEST_MALFORMED") as refusal:
        await service.channel.unary_unary("/redeem.serialkey.v1.SerialKeyService/Use")(b"\xff\xff\xff")
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT


async def test_a_message_larger_than_any_method_accepts_is_not_received(world):
    """Beyond 16 MiB RESOURCE_EXHAUSTED, by gRPC; just below, by the limit of the method."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await world.call("UpdateCurrentCampaignMaster", settings="x" * RECEIVE_BYTES_MAX)
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    with refused("REQUEST_TOO_LARGE"):
        await world.call("UpdateCurrentCampaignMaster", settings="x" * (RECEIVE_BYTES_MAX - 1000))


async def test_healthz_follows_the_health(own_service):
    """200 while serving, 503 while not."""
    assert await fetch(own_service, "/healthz") == (200, "ok\n")
    await own_service.app.set_serving(False)
    assert (await fetch(own_service, "/healthz"))[0] == 503
    await own_service.app.set_serving(True)
    assert (await fetch(own_service, "/healthz"))[0] == 200


async def test_an_unknown_page_is_404(service):
    """The HTTP side has two pages."""
    assert (await fetch(service, "/"))[0] == 404


async def test_metrics_count_calls_by_method_and_code(own_service):
    """A success and a refusal of one method are two numbers; the time they took is observed."""
    world = await own_service.world()
    (code,) = await world.codes()
    await world.as_player("Use", "alice", code=code)
    for _ in range(2):
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "alice", code=code)
    method = {"grpc_service": "redeem.serialkey.v1.SerialKeyService", "grpc_method": "Use", "grpc_type": "unary"}
    page = await scrape(own_service)
    assert number(page, "grpc_server_handled_total", **method, grpc_code="OK") == 1
    assert number(page, "grpc_server_handled_total", **method, grpc_code="FailedPrecondition") == 2
    assert number(page, "grpc_server_started_total", **method) == 3
    assert number(page, "grpc_server_handling_seconds_count", **method) == 3


async def test_metrics_omit_methods_that_were_never_called(own_service):
    """Only the names of called methods are on the page; a call that was refused is a call."""
    await own_service.call("CreateNamespace", name="ns-a")
    with refused("NAMESPACE_NOT_FOUND"):
        await own_service.call("GetNamespace", namespace_name="ns-b")
    families = text_string_to_metric_families(await scrape(own_service))
    named = {sample.labels.get("grpc_method") for family in families for sample in family.samples}
    assert named == {None, "CreateNamespace", "GetNamespace"}


async def test_metrics_are_a_valid_exposition(own_service):
    """prometheus_client's parser reads the page; each family appears once; buckets rise to the count of the method."""
    for name in ("ns-a", "ns-b"):
        await own_service.call("CreateNamespace", name=name)
    families = list(text_string_to_metric_families(await scrape(own_service)))
    kinds = {family.name: family.type for family in families}
    assert len(kinds) == len(families)
    assert kinds["grpc_server_started"] == kinds["grpc_server_handled"] == "counter"
    assert kinds["grpc_server_handling_seconds"] == kinds["redeemd_store_batch_seconds"] == "histogram"
    (seconds,) = (family for family in families if family.name == "grpc_server_handling_seconds")
    by_name = {name: [s for s in seconds.samples if s.name == f"{seconds.name}_{name}"] for name in ("bucket", "count")}
    values = [sample.value for sample in by_name["bucket"]]
    assert values == sorted(values)
    assert by_name["bucket"][-1].labels["le"] == "+Inf"
    assert values[-1] == by_name["count"][0].value == 2


async def test_metrics_describe_the_store(own_service):
    """Every writing call is in a batch whose size and seconds were observed; nothing is under way afterwards."""
    before = number(await scrape(own_service), "redeemd_store_batch_size_sum")
    for name in "abcde":
        await own_service.call("CreateNamespace", name=f"ns-{name}")
    page = await scrape(own_service)
    assert number(page, "redeemd_store_batch_size_sum") >= before + 5  # housekeeping writes too
    assert number(page, "redeemd_store_batch_size_count") == number(page, "redeemd_store_batch_seconds_count") > 0
    assert number(page, "redeemd_calls_in_flight") == 0


async def test_a_call_without_a_credential_is_counted_too(own_service):
    """A caller that scans for unprotected methods is seen."""
    for metadata in ((), bearer("wrong")):
        with pytest.raises(grpc.aio.AioRpcError):
            await own_service.serial_keys.DescribeNamespaces(pb.DescribeNamespacesRequest(), metadata=metadata)
    labels = {"grpc_method": "DescribeNamespaces", "grpc_code": "Unauthenticated"}
    assert number(await scrape(own_service), "grpc_server_handled_total", **labels) == 2


@pytest.mark.parametrize("offered", [True, False])
async def test_channelz_is_there_on_demand(tmp_path, offered):
    """With the setting it reports the server, without it there is no such service."""
    async with running(tmp_path, channelz=offered) as service:
        stub = channelz_pb2_grpc.ChannelzStub(service.channel)
        if offered:
            assert (await stub.GetServers(channelz_pb2.GetServersRequest())).server
        else:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub.GetServers(channelz_pb2.GetServersRequest())
            assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
