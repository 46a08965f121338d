"""Traces: contexts that come in with calls and go out to others, and the spans that are exported by OTLP."""

import asyncio
import contextlib
import json

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import action_handler_pb2, action_handler_pb2_grpc
from redeemd.app import tracing
from redeemd.app.otel_spans import OtelTracer
from redeemd.base import trace
from redeemd.base.telemetry import Telemetry
from support.deliveries import DELIVERED, give, settled
from support.exchanges import make_exchanges
from support.github import KEYS, check_out, github
from support.heard import heard
from support.otlp import receiving
from support.sagas import take
from support.service import refused, running
from support.uploads import document

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
STATE = "vendor=a1, other@tenant=b2"
SERVER, CLIENT = 2, 3  # kinds of spans


def context(*, sampled, trace_id=TRACE):
    """Return the metadata of a call inside a trace."""
    return (("traceparent", f"00-{trace_id}-{PARENT}-0{int(sampled)}"), ("tracestate", STATE))


@contextlib.asynccontextmanager
async def traced(folder, monkeypatch, **settings):
    """Run a server that exports spans; yield it and the receiver."""
    async with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{receiver.address}")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        telemetry = Telemetry(tracer=OtelTracer())
        monkeypatch.setattr("support.service.Telemetry", lambda: telemetry)
        try:
            async with running(folder, **settings) as service:
                yield service, receiver
        finally:
            await asyncio.to_thread(telemetry.close)  # the receiver runs in this thread


class Handler(action_handler_pb2_grpc.ActionHandlerServicer):
    """Executes everything, and keeps the metadata of its calls."""

    def __init__(self):
        self.metadata = []

    async def Execute(self, _request, context):  # noqa: N802 -- as in the contract
        """See the contract."""
        self.metadata.append(dict(context.invocation_metadata()))
        return action_handler_pb2.ExecuteResponse()


@contextlib.asynccontextmanager
async def handling(folder):
    """Run a handler; yield it and the settings of a server that calls it."""
    server, handler = grpc.aio.server(), Handler()
    action_handler_pb2_grpc.add_ActionHandlerServicer_to_server(handler, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    path = folder / "handlers.json"
    path.write_text(json.dumps({"Game": {"address": f"127.0.0.1:{port}", "plaintext": True}}))
    try:
        yield handler, {"action_handlers": path}
    finally:
        await server.stop(None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-1",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}-01 ",
        f"00-{TRACE}-{PARENT}-01\n",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-0g",
        f"01-{TRACE}-{PARENT}-01more",
    ],
)
def test_a_context_that_is_not_valid_is_none(text):
    """It is ignored, as the standard demands; the call begins no trace by it."""
    assert trace.read({"traceparent": text}) is None


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("03", True)])
def test_a_valid_context_says_whether_the_call_is_sampled(flags, sampled):
    """By the lowest bit of the flags, also in a version that is yet to come."""
    for text in (f"00-{TRACE}-{PARENT}-{flags}", f"cc-{TRACE}-{PARENT}-{flags}-more"):
        assert trace.read({"traceparent": text}) == trace.TraceContext(TRACE, PARENT, sampled)


@given(st.text(), st.text())
def test_no_header_breaks_the_reader(parent, state):
    """Any header results in a context or in none."""
    found = trace.read({"traceparent": parent, "tracestate": state})
    assert found is None or found.headers


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("a=b", True),
        (STATE, True),
        ("a=b,,c=d", True),
        ("a=b c", True),
        ("", False),
        (",", False),
        ("a", False),
        ("A=b", False),
        ("a=", False),
        ("a=b=c", False),
        ("a=é", False),
        ("a=b,a=c", False),
        ("a@=b", False),
        (",".join(f"k{number}=v" for number in range(32)), True),
        (",".join(f"k{number}=v" for number in range(33)), False),
        (f"a={'b' * 256}", True),
        (f"a={'b' * 257}", False),
        (f"a={'b' * 250},b={'b' * 250},c=123456789", False),
    ],
)
def test_a_state_that_is_not_valid_is_not_passed_on(text, valid):
    """Members are key=value, each key once, at most 32 of them and 512 characters."""
    assert trace.is_state(text) is valid
    headers = dict(trace.TraceContext(TRACE, PARENT, sampled=True, state=text).headers)
    assert headers == {"traceparent": f"00-{TRACE}-{PARENT}-01"} | ({"tracestate": text} if valid else {})


async def test_the_trace_id_is_in_the_log_and_in_refusals(tmp_path):
    """Also without OpenTelemetry; a call without a valid context has none."""
    request = pb.GetNamespaceRequest(namespace_name="absent")
    async with heard(tmp_path) as service:
        with refused("NAMESPACE_NOT_FOUND") as refusal:
            await service.serial_keys.GetNamespace(request, metadata=service.admin + context(sampled=True))
        assert refusal.metadata["trace_id"] == service.heard.last("GetNamespace")["trace_id"] == TRACE
        wrong = (("traceparent", f"00-{TRACE}-{PARENT}-xx"),)
        with refused("NAMESPACE_NOT_FOUND") as refusal:
            await service.serial_keys.GetNamespace(request, metadata=service.admin + wrong)
        assert "trace_id" not in refusal.metadata
        assert "trace_id" not in service.heard.last("GetNamespace")


async def test_a_context_is_passed_on_to_handlers(tmp_path):
    """Unchanged, where this server records no spans; without one, nothing is sent."""
    async with handling(tmp_path) as (handler, settings), running(tmp_path / "data", **settings) as service:
        exchanges = await make_exchanges(service)
        await exchanges.run(headers=context(sampled=True), consume=[take()])
        await exchanges.run(consume=[take()])
    with_context, without = handler.metadata
    assert {name: with_context[name] for name, _ in context(sampled=True)} == dict(context(sampled=True))
    assert not {"traceparent", "tracestate"} & set(without)


async def test_the_delivery_of_a_reward_belongs_to_the_trace_of_its_call(tmp_path):
    """A reward of a call without a context carries none."""
    async with handling(tmp_path) as (handler, settings), running(tmp_path / "data", **settings) as service:
        exchanges = await make_exchanges(service)
        await exchanges.run(headers=context(sampled=True), acquire=[give()])
        await exchanges.run(acquire=[give()])
        await settled(exchanges, DELIVERED, DELIVERED)
    with_context, without = handler.metadata
    assert with_context["traceparent"] == dict(context(sampled=True))["traceparent"]
    assert "traceparent" not in without


async def test_a_context_is_passed_on_to_github(tmp_path):
    """As headers."""
    async with github() as hub, running(tmp_path, github_url=hub.url, github_keys=KEYS) as service:
        hub.put(document("a"))
        await check_out(await service.world(), headers=context(sampled=False))
    assert hub.asked[-1].headers["traceparent"] == dict(context(sampled=False))["traceparent"]


async def test_a_sampled_call_is_exported_with_its_transaction(tmp_path, monkeypatch):
    """The call inside the caller's span; in it the wait for the store, the transaction, its actions and its commit."""
    async with traced(tmp_path, monkeypatch) as (service, receiver):
        exchanges = await make_exchanges(service)
        await exchanges.run(headers=context(sampled=True), consume=[exchanges.up(), exchanges.up()])
        call = await receiver.named("redeem.transaction.v1.TransactionService/RunTransaction")
    (transaction,) = [
        span for span in receiver.spans if (span.name, span.parent_id) == ("store.transaction", call.span_id)
    ]
    assert (call.trace_id, call.parent_id, call.kind) == (TRACE, PARENT, SERVER)
    assert call.state.replace(" ", "") == STATE.replace(" ", "")
    assert call.attributes["rpc.system.name"] == "grpc"
    assert call.attributes["rpc.method"] == "redeem.transaction.v1.TransactionService/RunTransaction"
    assert call.attributes["rpc.response.status_code"] == "OK"
    assert call.attributes["redeemd.key_id"] == service.key.partition(".")[0]
    assert receiver.resources[-1]["service.name"] == "redeemd"
    assert receiver.inside(call) == ["store.wait", "store.transaction"]
    assert receiver.inside(transaction) == ["Gs2Limit:CountUpByUserId", "Gs2Limit:CountUpByUserId", "store.commit"]
    assert call.began <= transaction.began <= transaction.ended <= call.ended


async def test_the_service_has_the_name_of_the_environment(tmp_path, monkeypatch):
    """As every other program that OpenTelemetry instruments."""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "codes")
    async with traced(tmp_path, monkeypatch) as (service, receiver):
        await service.call("DescribeNamespaces")
        await receiver.named("redeem.serialkey.v1.SerialKeyService/DescribeNamespaces")
    assert {resource["service.name"] for resource in receiver.resources} == {"codes"}


async def test_the_call_of_a_handler_is_a_span_and_the_parent_of_its_own(tmp_path, monkeypatch):
    """The handler gets the id of that span."""
    async with handling(tmp_path) as (handler, settings):
        async with traced(tmp_path / "data", monkeypatch, **settings) as (service, receiver):
            exchanges = await make_exchanges(service)
            await exchanges.run(headers=context(sampled=True), consume=[take()])
            call = await receiver.named("redeem.transaction.v1.ActionHandler/Execute")
        assert call.kind == CLIENT
        assert handler.metadata[0]["traceparent"] == f"00-{TRACE}-{call.span_id}-01"


async def test_only_sampled_calls_are_exported(tmp_path, monkeypatch):
    """The caller's decision holds; health checks are exported in no case."""
    async with traced(tmp_path, monkeypatch) as (service, receiver):
        unsampled = context(sampled=False, trace_id="1" * 32)
        request = pb.DescribeNamespacesRequest()
        await service.serial_keys.DescribeNamespaces(request, metadata=service.admin + unsampled)
        await service.serial_keys.DescribeNamespaces(request, metadata=service.admin + context(sampled=True))
        await receiver.named("redeem.serialkey.v1.SerialKeyService/DescribeNamespaces")
    assert {span.trace_id for span in receiver.spans} == {TRACE}


async def test_the_sampler_of_the_environment_decides_where_the_caller_does_not(tmp_path, monkeypatch):
    """By default, a call without a context begins a trace of its own."""
    async with traced(tmp_path / "all", monkeypatch) as (service, receiver):
        await service.call("DescribeNamespaces")
        root = await receiver.named("redeem.serialkey.v1.SerialKeyService/DescribeNamespaces")
    assert root.parent_id == ""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    async with traced(tmp_path / "none", monkeypatch) as (service, receiver):
        await service.call("DescribeNamespaces")
    assert receiver.spans == []


async def test_a_call_that_the_server_fails_is_a_failed_span(tmp_path, monkeypatch):
    """A refusal is not: it is the caller's mistake, or a negative result."""
    name = "redeem.serialkey.v1.SerialKeyService/GetNamespace"
    async with traced(tmp_path, monkeypatch) as (service, receiver):
        request = pb.GetNamespaceRequest(namespace_name="absent")
        with refused("NAMESPACE_NOT_FOUND"):
            await service.serial_keys.GetNamespace(request, metadata=service.admin + context(sampled=True))
        refusal = await receiver.named(name)
        receiver.spans.clear()
        monkeypatch.setattr("redeemd.contract.validation.violations", lambda _request: 1 / 0)
        with refused("INTERNAL"):
            await service.serial_keys.GetNamespace(request, metadata=service.admin + context(sampled=True))
        failure = await receiver.named(name)
    assert (refusal.attributes["rpc.response.status_code"], refusal.failed) == ("NOT_FOUND", False)
    assert (failure.attributes["rpc.response.status_code"], failure.failed) == ("INTERNAL", True)
    assert failure.attributes["error.type"] == "INTERNAL"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, []),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4317", "OTEL_SDK_DISABLED": "true"}, []),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4317", "OTEL_TRACES_EXPORTER": "none"}, []),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
            ["traces are not exported: the OTLP protocol http/protobuf is not supported, grpc is"],
        ),
    ],
)
def test_nothing_is_exported_unless_an_endpoint_is_named(environment, said):
    """And what keeps a server from exporting to it is said."""
    heard = []
    assert tracing.tracer(environment, heard.append) is None
    assert heard == said


def test_an_endpoint_without_the_extra_is_reported(monkeypatch):
    """An operator who configured an endpoint expects traces."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    heard = []
    assert tracing.tracer({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4317"}, heard.append) is None
    assert heard == ["traces are not exported: install redeemd[otel]"]
