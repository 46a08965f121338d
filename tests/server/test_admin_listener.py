"""The port for operators, apart from the public one, and reflection, which can be switched off."""

import ssl

import aiohttp
import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from redeemd import config
from support.certificates import SERVER_NAME, Authority
from support.service import running

OPERATORS = ["/livez", "/readyz", "/healthz", "/metrics"]


async def status(service, port, path):
    """Return the status of a request."""
    return (await service.http("GET", f"http://127.0.0.1:{port}{path}")).status


async def test_operators_have_a_port_of_their_own(tmp_path):
    """Health and metrics move there; the public port keeps the signed URLs, and the other has none of them."""
    async with running(tmp_path, admin_listen="127.0.0.1:0") as service:
        admin = service.app.components.ports.admin_port
        assert [await status(service, admin, path) for path in OPERATORS] == [200] * 4
        assert [await status(service, service.http_port, path) for path in OPERATORS] == [404] * 4
        assert await status(service, service.http_port, "/files/x") == 403
        assert await status(service, admin, "/files/x") == 404
        await service.app.set_serving(False)
        assert [await status(service, admin, path) for path in OPERATORS] == [200, 503, 503, 200]


async def test_the_port_of_operators_needs_no_public_one(tmp_path):
    """Without --http-listen, there is just that one."""
    async with running(tmp_path, http_listen="", admin_listen="127.0.0.1:0") as service:
        assert await status(service, service.app.components.ports.admin_port, "/readyz") == 200


@pytest.mark.parametrize("mode", ["off", "on", "mutual"])
async def test_the_port_of_operators_has_tls_of_its_own(tmp_path, mode):
    """None by default, because probes often have neither authorities nor certificates."""
    authority = Authority(tmp_path / "authority")
    own, client = authority.issue(SERVER_NAME), authority.issue("prometheus")
    chosen = {"tls_cert": own.certificate, "tls_key": own.key, "tls_client_ca": authority.ca, "admin_tls": mode}
    async with running(tmp_path / "data", admin_listen="127.0.0.1:0", **chosen) as service:
        admin = service.app.components.ports.admin_port
        if mode == "off":
            assert await status(service, admin, "/readyz") == 200
            return
        context = ssl.create_default_context(cafile=authority.ca)
        url = f"https://127.0.0.1:{admin}/readyz"
        async with aiohttp.ClientSession() as session:
            if mode == "mutual":
                with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
                    await session.get(url, ssl=context, server_hostname=SERVER_NAME)
                context.load_cert_chain(client.certificate, client.key)
            async with session.get(url, ssl=context, server_hostname=SERVER_NAME) as response:
                assert response.status == 200


def test_without_authentication_operators_are_on_this_machine(tmp_path):
    """As everybody is."""
    with pytest.raises(config.ConfigError, match=r"admin_listen is 0\.0\.0\.0:9090"):
        config.load(data=tmp_path, auth="off", admin_listen="0.0.0.0:9090")


async def test_reflection_can_be_switched_off(tmp_path):
    """Then it is not implemented."""
    async with running(tmp_path, reflection=False) as service:
        stub = reflection_pb2_grpc.ServerReflectionStub(service.channel)
        call = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
        assert await call.code() is grpc.StatusCode.UNIMPLEMENTED
