"""Limits of the standard gRPC services, which need no credential (health, reflection, channelz), and of connections."""

import asyncio
import contextlib

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from redeemd.base import open_files
from redeemd.contract.options import REQUEST_BYTES_MAX
from support.patience import WAIT_SECONDS
from support.service import read_refusal, running
from support.store_faults import until

CHECK, WATCH = "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"
REFLECTIONS = [f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo" for version in ("v1", "v1alpha")]
CHANNELZ = [
    f"/grpc.channelz.v1.Channelz/{m.name}" for m in channelz_pb2.DESCRIPTOR.services_by_name["Channelz"].methods
]
PATHS = [CHECK, WATCH, *REFLECTIONS, *CHANNELZ]
LIST = reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString()
SERVING = health_pb2.HealthCheckResponse(status="SERVING").SerializeToString()
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse(status="SERVICE_UNKNOWN").SerializeToString()

every_path = pytest.mark.parametrize("path", PATHS)


def named(service):
    """Return a request for the health of a service."""
    return health_pb2.HealthCheckRequest(service=service).SerializeToString()


@contextlib.asynccontextmanager
async def opened(channel, path, *messages):
    """Open a call, send messages, and leave the call open; cancel it at the end."""
    call = channel.stream_stream(path)()
    try:
        for message in messages:
            with contextlib.suppress(asyncio.InvalidStateError):  # it is refused while it sends
                await call.write(message)
        yield call
    finally:
        call.cancel()


async def refusal_of(call):
    """Wait until a call is refused; return the refusal."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    return read_refusal(caught.value)


@pytest.fixture
async def with_channelz(tmp_path):
    """A server with all standard services."""
    async with running(tmp_path, channelz=True) as service:
        yield service


def impatient(tmp_path, seconds):
    """Run a server with all standard services that waits for messages no longer than that."""
    return running(tmp_path, channelz=True, message_timeout_seconds=seconds)


@every_path
async def test_a_request_of_one_byte_too_many_is_refused_unread(with_channelz, path):
    """65,536 bytes are received, and parsed; one more is refused though the bytes are no message."""
    async with opened(with_channelz.channel, path, b"\xff" * (REQUEST_BYTES_MAX + 1)) as call:
        refusal = await refusal_of(call)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_TOO_LARGE")
        assert refusal.metadata["bytes_max"] == "65536"
    async with opened(with_channelz.channel, path, b"\xff" * REQUEST_BYTES_MAX) as call:
        assert (await refusal_of(call)).reason == "REQUEST_MALFORMED"


@every_path
async def test_a_call_that_sends_no_message_is_ended(tmp_path, path):
    """After --message-timeout-seconds."""
    async with impatient(tmp_path, 0.2) as service, opened(service.channel, path) as call:
        refusal = await refusal_of(call)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "MESSAGE_TIMEOUT")


@pytest.mark.parametrize("path", REFLECTIONS)
async def test_reflection_that_falls_silent_is_ended(tmp_path, path):
    """Between two messages, as before the first one, which has to arrive in time also on a busy machine."""
    async with impatient(tmp_path, 3) as service, opened(service.channel, path, LIST) as call:
        assert await call.read() is not grpc.aio.EOF
        assert (await refusal_of(call)).reason == "MESSAGE_TIMEOUT"


@pytest.mark.parametrize("path", [CHECK, WATCH])
async def test_a_health_call_that_breaks_off_before_its_message_is_refused(service, path):
    """It is not mistaken for a request about the whole server."""
    async with opened(service.channel, path) as call:
        await call.done_writing()
        assert (await refusal_of(call)).reason == "REQUEST_MALFORMED"


@every_path
async def test_silent_calls_make_room_for_others(tmp_path, path):
    """At most --calls-max calls wait for their first message; the one that has waited longest is refused."""
    async with running(tmp_path, calls_max=5, channelz=True) as service, contextlib.AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(opened(service.channel, path)) for _ in range(12)]
        await until(lambda: sum(call.done() for call in silent) == 7)
        assert {(await refusal_of(call)).reason for call in silent if call.done()} == {"OVERLOADED"}
        async with opened(service.channel, CHECK, named("")) as call:
            assert await call.read() == SERVING


@pytest.mark.parametrize(("path", "message", "most"), [(WATCH, named(""), 20), *((p, LIST, 2) for p in REFLECTIONS)])
async def test_one_address_gets_half_of_the_streams(tmp_path, path, message, most):
    """Further ones are refused; another address gets the rest; a stream that ends makes room."""
    async with running(tmp_path, calls_max=20, listen="127.0.0.1:0") as service, contextlib.AsyncExitStack() as stack:
        other = await stack.enter_async_context(from_another_address(service))

        async def fill(channel):
            calls = [await stack.enter_async_context(opened(channel, path, message)) for _ in range(most // 2)]
            assert grpc.aio.EOF not in [await call.read() for call in calls]
            return calls

        calls = await fill(service.channel)
        async with opened(service.channel, path, message) as one_too_many:
            refusal = await refusal_of(one_too_many)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
        assert (refusal.metadata["scope"], bool(refusal.retry)) == ("caller", True)
        await fill(other)
        calls[0].cancel()
        assert await eventually_answered(service.channel, path, message)


async def eventually_answered(channel, path, message):
    """Call until a call is not refused: the server notices later than the client that a call was cancelled."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            with contextlib.suppress(grpc.aio.AioRpcError):
                async with opened(channel, path, message) as call:
                    return await call.read()


@contextlib.asynccontextmanager
async def from_another_address(service):
    """Yield a channel whose connections come from 127.0.0.2, by way of a proxy."""

    async def copy(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def connected(reader, writer):
        there = await asyncio.open_connection("127.0.0.1", service.port, local_addr=("127.0.0.2", 0))
        await asyncio.gather(copy(reader, there[1]), copy(there[0], writer))

    proxy = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    async with proxy, grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel


async def test_watches_leave_room_for_calls(tmp_path):
    """A load balancer holds its watch for long, and a stream is no call in progress."""
    async with running(tmp_path, calls_max=1) as service, opened(service.channel, WATCH, named("")) as watch:
        assert await watch.read() == SERVING
        await service.call("CreateNamespace", name="ns-a")
        async with opened(service.channel, CHECK, named("")) as call:
            assert await call.read() == SERVING


async def test_an_unknown_service_can_be_watched(service):
    """Its status is SERVICE_UNKNOWN, as the protocol wants it, for names of up to 256 characters."""
    async with opened(service.channel, WATCH, named("\u00e9" * 256)) as call:
        assert await call.read() == SERVICE_UNKNOWN
    async with opened(service.channel, WATCH, named("\u00e9" * 257)) as call:
        refusal = await refusal_of(call)
    assert refusal.reason == "VALIDATION_FAILED"
    assert refusal.fields == ["service"]


async def test_health_checks_are_counted_by_status(own_service):
    """Also one that its servicer refuses."""
    health = health_pb2_grpc.HealthStub(own_service.channel)
    await health.Check(health_pb2.HealthCheckRequest())
    with pytest.raises(grpc.aio.AioRpcError):
        await health.Check(health_pb2.HealthCheckRequest(service="absent"))
    labels = 'grpc_method="Check",grpc_service="grpc.health.v1.Health",grpc_type="unary"'
    for code in ("OK", "NotFound"):  # a call is counted after its response
        line = f'grpc_server_handled_total{{{labels},grpc_code="{code}"}} 1'
        await until(lambda line=line: line in own_service.telemetry.render().decode().splitlines())


async def connect(service, stack):
    """Open a connection to the gRPC port that sends nothing; return what reads until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    stack.callback(writer.close)
    return asyncio.ensure_future(ended(reader))


async def ended(reader):
    """Read until the other side closes the connection."""
    with contextlib.suppress(ConnectionResetError):
        while await reader.read(1024):
            pass


async def test_a_connection_that_does_not_speak_http2_is_closed(service):
    """After 10 seconds: otherwise, connections that send nothing would use up all open files."""
    async with contextlib.AsyncExitStack() as stack, asyncio.timeout(WAIT_SECONDS):
        await (await connect(service, stack))


async def test_connections_leave_files_for_the_others(tmp_path, monkeypatch):
    """They are at most half of the files that the process may open; further ones are closed at once."""
    monkeypatch.setattr(open_files, "limit", lambda: 16)
    async with running(tmp_path) as service, contextlib.AsyncExitStack() as stack:
        await service.call("CreateNamespace", name="ns-a")
        silent = [await connect(service, stack) for _ in range(20)]
        await until(lambda: sum(each.done() for each in silent) >= 13)
        assert sum(each.done() for each in silent) == 13
        await service.call("CreateNamespace", name="ns-b")
        assert (await service.http("GET", f"http://127.0.0.1:{service.http_port}/healthz")).status == 200
