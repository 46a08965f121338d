"""--auth off: everybody on this machine is admin, and nobody else is."""

import aiohttp
import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd import config
from support.service import refused, running


async def test_every_caller_is_admin_and_players_still_log_in(tmp_path):
    """Without a key all of it works; a player's method needs a token from Login."""
    async with running(tmp_path, auth="off") as service:
        keys = service.serial_keys
        await keys.CreateNamespace(pb.CreateNamespaceRequest(name="open"))
        with refused("CREDENTIAL_MISSING"):
            await keys.Use(pb.UseRequest(namespace_name="open", code="x"))
        with refused("CODE_NOT_FOUND"):
            await service.as_player("Use", "alice", namespace_name="open", code="x")


@pytest.mark.parametrize("header", ["forwarded", "x-forwarded-for", "x-forwarded-client-cert", "via", "origin"])
async def test_a_call_that_came_through_something_is_refused(tmp_path, header):
    """A proxy's or a browser's headers say that the caller is not on this machine; public methods are no exception."""
    async with running(tmp_path, auth="off") as service:
        for method, request in (
            (service.serial_keys.DescribeNamespaces, pb.DescribeNamespacesRequest()),
            (service.serial_keys.GetServiceVersion, pb.GetServiceVersionRequest()),
        ):
            with refused("FORWARDED_CALL_REFUSED"):
                await method(request, metadata=((header, "x"),))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8080"}, 200),
        ({"Host": "127.0.0.1"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:8080"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"X-Forwarded-For": "10.0.0.1"}, 403),
    ],
)
async def test_http_is_for_programs_on_this_machine_too(tmp_path, headers, status):
    """A foreign Host is how a web page reaches this machine under a name of its own."""
    async with running(tmp_path, auth="off") as service, aiohttp.ClientSession() as session:
        for path in ("healthz", "metrics"):
            url = f"http://127.0.0.1:{service.http_port}/{path}"
            async with session.get(url, headers=headers) as answer:
                assert answer.status == status


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "10.0.0.1:0", "example.org:0"])
def test_other_addresses_are_refused(address):
    """Neither gRPC nor HTTP may listen beyond this machine."""
    for name in ("listen", "http_listen"):
        with pytest.raises(config.ConfigError, match="loopback"):
            config.load(auth="off", **{name: address})


@pytest.mark.parametrize("address", ["127.0.0.1:0", "[::1]:0", "localhost:0", "127.8.9.10:0"])
def test_loopback_addresses_are_fine(address):
    """Every way to write this machine."""
    assert config.load(auth="off", listen=address, http_listen=address).auth == "off"
