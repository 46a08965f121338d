"""Well-known tools need nothing but an address and a key: the server describes its contract by reflection."""

import base64
import json
import uuid

import pytest
from google.protobuf import json_format
from google.rpc import error_details_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from support.contract import SERVICES
from support.tools import BUF, run, tool

KEYS = "redeem.serialkey.v1.SerialKeyService"
HEALTH = "grpc.health.v1.Health"
CALLS = 50


@pytest.fixture
def address(service):
    """Where the server is."""
    return f"127.0.0.1:{service.port}"


@pytest.fixture
def grpcurl(service, address):
    """Runs grpcurl, with a key unless `key` says otherwise."""

    async def call(*arguments, options=(), key=True):
        header = ("-H", f"authorization: Bearer {service.key}") if key else ()
        return await run(tool("grpcurl"), "-plaintext", *header, *options, address, *arguments)

    return call


@pytest.fixture
def buf_curl(service, address):
    """Runs buf curl on a method, or on the server."""

    async def call(*arguments, path="", key=True):
        header = ("--header", f"authorization: Bearer {service.key}") if key else ()
        plain = ("--protocol", "grpc", "--http2-prior-knowledge")
        return await run(BUF, "curl", *plain, *header, *arguments, f"http://{address}/{path}".rstrip("/"))

    return call


def a_name():
    """Return a name that no namespace has."""
    return f"tools-{uuid.uuid4().hex}"


async def test_grpcurl_lists_every_service(grpcurl):
    """Ours, the health service and those that tools look for."""
    code, out, err = await grpcurl("list")
    assert code == 0, err
    assert {service.full_name for service in SERVICES} | {HEALTH} <= set(out.split())


@pytest.mark.parametrize("contract", SERVICES, ids=lambda contract: contract.full_name)
async def test_grpcurl_lists_every_method(grpcurl, contract):
    """All of them, and no others."""
    code, out, err = await grpcurl("list", contract.full_name)
    assert code == 0, err
    assert set(out.split()) == {method.full_name for method in contract.methods}


async def test_grpcurl_describes_a_method_and_its_request(grpcurl):
    """Down to the types of the fields."""
    _, method, _ = await grpcurl("describe", f"{KEYS}.Use")
    assert "rpc Use ( .redeem.serialkey.v1.UseRequest )" in method
    _, request, _ = await grpcurl("describe", "redeem.serialkey.v1.UseRequest")
    assert all(field.name in request for field in pb.UseRequest.DESCRIPTOR.fields)


async def test_grpcurl_calls_with_a_key(grpcurl):
    """The response is the message in JSON."""
    name = a_name()
    code, out, err = await grpcurl(f"{KEYS}/CreateNamespace", options=("-d", json.dumps({"name": name})))
    assert code == 0, err
    assert json_format.Parse(out, pb.CreateNamespaceResponse()).item.name == name


async def test_grpcurl_shows_why_a_call_is_refused(grpcurl):
    """Status, text, and the reason in the details."""
    code, _, err = await grpcurl(f"{KEYS}/GetNamespace", options=("-d", json.dumps({"namespaceName": a_name()})))
    assert code != 0
    assert "Code: NotFound" in err
    assert '"reason": "NAMESPACE_NOT_FOUND"' in err


async def test_grpcurl_shows_that_a_key_is_missing(grpcurl):
    """Without one, only what is public can be called."""
    _, _, err = await grpcurl(f"{KEYS}/DescribeNamespaces", key=False)
    assert "Code: Unauthenticated" in err
    assert '"reason": "CREDENTIAL_MISSING"' in err


async def test_grpcurl_checks_health(grpcurl):
    """Without a key, of the whole server."""
    assert json.loads((await grpcurl(f"{HEALTH}/Check", key=False))[1]) == {"status": "SERVING"}


async def test_buf_curl_lists_every_service(buf_curl):
    """By reflection."""
    code, out, err = await buf_curl("--list-services")
    assert code == 0, err
    assert {service.full_name for service in SERVICES} <= set(out.split())


async def test_buf_curl_calls_with_a_key(buf_curl):
    """The response is the message in JSON."""
    name = a_name()
    code, out, err = await buf_curl("--data", json.dumps({"name": name}), path=f"{KEYS}/CreateNamespace")
    assert code == 0, err
    assert json_format.Parse(out, pb.CreateNamespaceResponse()).item.name == name


async def test_buf_curl_shows_why_a_call_is_refused(buf_curl):
    """Status, and the reason in the details, which it shows as Base64."""
    code, _, err = await buf_curl("--data", "{}", path=f"{KEYS}/CreateNamespace")
    assert code != 0
    said = json.loads(err)
    assert said["code"] == "invalid_argument"
    [info] = (detail["value"] for detail in said["details"] if detail["type"] == "google.rpc.ErrorInfo")
    assert error_details_pb2.ErrorInfo.FromString(base64.b64decode(info + "==")).reason == "VALIDATION_FAILED"


async def test_buf_curl_checks_health(buf_curl):
    """Without a key, of the whole server."""
    _, out, err = await buf_curl("--data", "{}", path=f"{HEALTH}/Check", key=False)
    assert json.loads(out) == {"status": "SERVING"}, err


async def test_ghz_runs_a_load(world, service, address):
    """By reflection; every call succeeds, and each code is used once."""
    await world.put_in_force("spring", "WELCOME", campaign_codes=("WELCOME",))
    request = {"namespaceName": world.name, "userId": "alice", "code": "WELCOME"}
    code, out, err = await run(
        tool("ghz"), "--insecure", "--call", f"{KEYS}/UseByUserId", "-n", CALLS, "-c", 5, "-O", "json",
        "-m", json.dumps({"authorization": f"Bearer {service.key}"}), "-d", json.dumps(request), address,
    )  # fmt: skip
    assert code == 0, err
    assert json.loads(out)["statusCodeDistribution"] == {"OK": CALLS}
