"""Calls whose request and response are not in the log, and the metrics beside it."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.rpc import request_log
from support.contract import send, valid_request
from support.heard import added, heard, logged_world, method_named
from support.service import bearer, refused


@pytest.fixture(scope="module")
async def service(tmp_path_factory):
    """A server whose log can be read."""
    async with heard(tmp_path_factory.mktemp("logged")) as service:
        yield service


@pytest.fixture
async def world(service):
    """A namespace with a log setting."""
    return await logged_world(service)


async def test_a_caller_who_is_not_let_in_adds_nothing(service, world):
    """Neither without a credential nor with a role that may not; no namespace is read for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("redeemd.resources.namespaces.LogSettings.find", _not_to_be_called)
        for metadata, reason in (((), "CREDENTIAL_MISSING"), (bearer("wrong.key"), "CREDENTIAL_INVALID")):
            request = pb.GetNamespaceRequest(namespace_name=world.name)
            refusal = await send(service, method_named("GetNamespace"), request, metadata)
            assert refusal.reason == reason
            assert added(service.heard.last("GetNamespace")) == {}


async def _not_to_be_called(*_, **__):
    raise AssertionError("a log setting was looked up")


async def test_a_request_that_is_not_valid_adds_nothing(service, world):
    """Its line has the reason; only the caller receives the fields that were wrong."""
    with refused("VALIDATION_FAILED"):
        await world.call("GetCampaignModel", campaign_model_name="no name")
    assert added(service.heard.last("GetCampaignModel")) == {}


async def test_bytes_that_are_no_request_add_nothing(service):
    """Also of a stream."""
    for name in ("GetCampaignModel", "ImportSerialKeys"):
        assert (await send(service, method_named(name), b"\xff", service.admin)).reason == "REQUEST_MALFORMED"
        assert added(service.heard.last(name)) == {}


async def test_calls_of_another_namespace_are_not_logged(service, world):
    """A log setting is its namespace's own."""
    other = await service.world()
    await other.call("GetCampaignModel", campaign_model_name="spring")
    assert added(service.heard.last("GetCampaignModel")) == {}
    await world.call("GetCampaignModel", campaign_model_name="spring")
    assert added(service.heard.last("GetCampaignModel")) != {}


@pytest.mark.parametrize("rpc", ["CreateNamespace", "DumpUserDataByUserId", "GetOutcome", "GetServiceVersion"])
async def test_calls_outside_a_service_s_namespaces_are_not_logged(service, world, rpc):
    """No namespace's setting covers them, whatever names they have in them."""
    method = method_named(rpc)
    request = valid_request(method.input_type, namespace_name=world.name)
    await send(service, method, request, service.admin)
    assert added(service.heard.last(rpc)) == {}


async def test_a_defect_of_the_log_fails_no_call(service, world, monkeypatch):
    """The call succeeds and has its ordinary line; the defect has one too."""
    monkeypatch.setattr(request_log, "_shown", lambda _message: 1 / 0)
    await world.call("GetNamespaceStatus")
    assert added(service.heard.last("GetNamespaceStatus")) == {}
    assert service.heard.events("defect")[-1]["errors"][0].startswith("ZeroDivisionError")


async def test_a_log_that_is_not_read_gets_short_lines(service, world, monkeypatch):
    """A pipe that is blocked does not fill the memory with requests and responses."""
    monkeypatch.setattr(service.heard, "waiting", 5000)
    await world.call("GetNamespaceStatus")
    assert added(service.heard.last("GetNamespaceStatus")) == {"request": "(left out, the log is behind)"}


async def test_metrics_distinguish_streaming_methods(service, world):
    """Under the names that dashboards for gRPC know."""
    (code,) = await world.codes()
    await world.as_player("Use", "alice", code=code)
    await world.bring(["imported"])
    with refused("VALIDATION_FAILED"):
        await service.serial_keys.StreamSerialKeys(pb.StreamSerialKeysRequest(), metadata=service.admin).read()
    page = (await service.http("GET", f"http://127.0.0.1:{service.http_port}/metrics")).text
    started = {
        (sample.labels["grpc_method"], sample.labels["grpc_type"])
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "grpc_server_started_total"
    }
    for named in (("Use", "unary"), ("StreamSerialKeys", "server_stream"), ("ImportSerialKeys", "client_stream")):
        assert named in started
