"""The rules of the client for each method are those of the contract."""

import ast
import sys
from pathlib import Path

import grpc
import pytest
import redeemd_client
from google.protobuf import empty_pb2
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.contract.options import RESPONSE_BYTES_MAX
from redeemd_client import channels, new_key, paging, service_config
from redeemd_client.calls import Call
from redeemd_client.rules import rule_of
from redeemd_client.services import Services, attributes
from support.contract import METHODS, REPOSITORY, SERVICES, every_method, policy_of

FOLDER = Path(redeemd_client.__file__).parent
LISTINGS = [method for method in METHODS if "next_page_token" in method.output_type.fields_by_name]
USE = next(rule_of(method) for method in METHODS if method.full_name.endswith(".Use"))
LOGIN = next(rule_of(method) for method in METHODS if method.full_name.endswith(".Login"))


@every_method
def test_a_method_is_called_as_its_policy_says(method):
    """Whether it takes a key, is a batch, has a time-out; how it streams."""
    rule, policy = rule_of(method), policy_of(method)
    assert rule.takes_key == policy.idempotent
    assert rule.is_batch == bool(policy.batch_of)
    assert rule.writes >= policy.writes
    assert (rule.seconds is None) == (method.client_streaming or method.server_streaming)
    assert rule.kind.count("stream") == method.client_streaming + method.server_streaming
    assert rule.path == f"/{method.containing_service.full_name}/{method.name}"


@pytest.mark.parametrize("method", LISTINGS, ids=lambda method: method.full_name)
def test_every_listing_has_pages(method):
    """The request of the next one has the token of the last."""
    rule = rule_of(method)
    following = paging.after(rule.request(), rule.response(next_page_token="token"))
    assert following == rule.request(page_token="token")
    assert "items" in method.output_type.fields_by_name


def test_every_service_is_an_attribute_and_every_method_one_of_it():
    """By its name in the contract; another name is no attribute."""
    made = Services()
    made.make_method = lambda method: method.full_name
    services = [getattr(made, name) for name in attributes()]
    assert {it._descriptor.full_name for it in services} == {service.full_name for service in SERVICES}
    for service in services:
        for method in service._descriptor.methods:
            assert getattr(service, method.name) == method.full_name
        with pytest.raises(AttributeError):
            _ = service.NoSuchMethod


def test_the_package_has_the_published_service_config():
    """Whole, or without the health checks."""
    published = (REPOSITORY / "generated" / "descriptors" / "service_config.json").read_text(encoding="utf-8")
    assert (FOLDER / "service_config.json").read_text(encoding="utf-8") == published
    assert "healthCheckConfig" in service_config()
    assert "healthCheckConfig" not in service_config(health_checks=False)
    assert channels.MESSAGE_BYTES_MAX == RESPONSE_BYTES_MAX


def test_the_package_imports_the_stubs_and_grpcio_only():
    """Neither the server nor the packages of google.rpc: users of the wheel have none of them."""
    allowed = {"redeemd_client", "redeem", "grpc", "google"} | sys.stdlib_module_names
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.split(".")[0] in allowed, (path.name, name)
                assert not name.startswith("google") or name.startswith("google.protobuf"), (path.name, name)


def test_every_name_of_the_package_is_there():
    """Names that are imported on first use are included; other names are refused as usual."""
    assert all(getattr(redeemd_client, name) for name in redeemd_client.__all__)
    with pytest.raises(AttributeError):
        _ = redeemd_client.NoSuchName


def test_a_key_is_made_for_each_call_that_takes_one():
    """It is the same for all attempts, and another one for the next call; a read has none."""
    first, second = (Call(USE, pb.UseRequest(), clock=lambda: 0) for _ in range(2))
    assert first.options(None) == first.options(None)
    assert ("idempotency-key", first.key) in first.options(None)["metadata"]
    assert first.key
    assert first.key != second.key
    assert Call(LOGIN, auth_pb.LoginRequest()).options(None)["metadata"] == []
    assert new_key() != new_key()


def test_a_key_of_the_caller_is_sent_as_it_is():
    """In the request, or beside it; two that differ are a mistake, as is one that the method does not take."""
    inside = Call(USE, pb.UseRequest(duplication_avoider="k1"))
    assert (inside.key, inside.options(None)["metadata"]) == ("k1", [])
    assert Call(USE, pb.UseRequest(), key="k2").options(None)["metadata"] == [("idempotency-key", "k2")]
    assert Call(USE, pb.UseRequest(duplication_avoider="k1"), key="k1").key == "k1"
    beside = Call(USE, pb.UseRequest(), metadata=[("idempotency-key", "k3")])
    assert (beside.key, beside.options(None)["metadata"]) == ("k3", [("idempotency-key", "k3")])
    with pytest.raises(ValueError, match="another key"):
        Call(USE, pb.UseRequest(duplication_avoider="k1"), key="k2")
    with pytest.raises(ValueError, match="takes no key"):
        Call(LOGIN, empty_pb2.Empty(), key="k1")


def test_attempts_share_the_time_of_a_call():
    """The rest of the time is never negative; without a choice, the time is the published one."""
    now = [100.0]
    call = Call(USE, pb.UseRequest(), clock=lambda: now[0])
    assert call.options(None)["timeout"] == USE.seconds
    now[0] += 10
    assert call.options(None)["timeout"] == USE.seconds - 10
    now[0] += 100
    assert call.options(None)["timeout"] == 0
    assert Call(USE, pb.UseRequest(), timeout=2.5, clock=lambda: 0).options(None)["timeout"] == 2.5


def test_a_channel_has_options_that_grpcio_knows(tmp_path):
    """Plain and encrypted; a file of a certificate that is missing is an OSError."""
    with pytest.raises(OSError, match=r"none\.pem"):
        channels.Tls.from_files(tmp_path / "none.pem")
    for tls in (None, channels.Tls(name="redeemd.example")):
        with channels.open_channel("127.0.0.1:1", tls, channels.client_options(None, ())) as channel:
            assert isinstance(channel, grpc.Channel)
