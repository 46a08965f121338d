"""Certificates from the SPIFFE Workload API, and their rotation."""

import asyncio
import json
import ssl

import aiohttp
import grpc
import pytest
from redeem.auth.v1 import auth_service_pb2_grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeemd import config
from redeemd.base.tls_error import TlsError
from support.certificates import SERVER_NAME, Authority, channel
from support.patience import WAIT_SECONDS
from support.service import running
from support.workload_api import serving_certificates

OWN = "spiffe://studio.example/redeemd"
OPERATOR = "spiffe://studio.example/console"
PARTNER = "spiffe://other0.example/console"


@pytest.fixture
def agent(tmp_path, monkeypatch):
    """The agent of this machine."""
    socket = tmp_path / "agent.sock"
    monkeypatch.setenv("SPIFFE_ENDPOINT_SOCKET", f"unix://{socket}")
    with serving_certificates(socket) as agent:
        yield agent


@pytest.fixture
def authority(tmp_path):
    """The authority of the trust domain."""
    return Authority(tmp_path / "authority")


def served(tmp_path, **others):
    """Run a server with the certificates of the agent, and two peers with a role."""
    path = tmp_path / "identities.json"
    path.write_text(json.dumps({"peers": {OPERATOR: {"role": "admin"}, PARTNER: {"role": "admin"}}}))
    return running(tmp_path / "data", tls_source="spiffe", identities=path, **others)


async def list_keys(service, ca, client):
    """Call a method of administrators on a new connection, without a key."""
    async with channel(service.port, ca, client) as opened:
        stub = auth_service_pb2_grpc.AuthServiceStub(opened)
        return await stub.ListKeys(auth_pb.ListKeysRequest(), timeout=WAIT_SECONDS)


async def until_reloaded(service):
    """Wait until the server uses what the agent has sent."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not await service.app.components.ports.certificates.refresh():  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.01)


async def test_the_agents_certificates_are_used_and_rotated(tmp_path, agent, authority):
    """Its authorities, and those of federated trust domains, say which peers may connect."""
    partner = Authority(tmp_path / "partner")
    mine, theirs = authority.issue("console", uris=[OPERATOR]), partner.issue("console", uris=[PARTNER])
    agent.replace(OWN, authority.issue(SERVER_NAME, uris=[OWN]), authority)
    async with served(tmp_path) as service:
        assert (await list_keys(service, authority.ca, mine)).items
        with pytest.raises(grpc.aio.AioRpcError):
            await list_keys(service, authority.ca, theirs)
        agent.replace(OWN, partner.issue(SERVER_NAME, uris=[OWN]), authority, partner)
        await until_reloaded(service)
        assert (await list_keys(service, partner.ca, theirs)).items
        assert (await list_keys(service, partner.ca, mine)).items


async def test_http_uses_them_too(tmp_path, agent, authority):
    """The key reaches OpenSSL without a file on disk."""
    agent.replace(OWN, authority.issue(SERVER_NAME, uris=[OWN]), authority)
    async with served(tmp_path, http_tls="on") as service, aiohttp.ClientSession() as session:
        url = f"https://127.0.0.1:{service.app.components.ports.http_port}/livez"
        async with session.get(
            url, ssl=ssl.create_default_context(cafile=authority.ca), server_hostname=SERVER_NAME
        ) as response:
            assert response.status == 200


async def test_without_an_agent_the_server_does_not_start(tmp_path, monkeypatch):
    """It says whose certificates it lacks."""
    monkeypatch.delenv("SPIFFE_ENDPOINT_SOCKET", raising=False)
    with pytest.raises(TlsError, match="SPIFFE Workload API"):
        async with served(tmp_path):
            pass


def test_files_beside_the_agent_are_refused(tmp_path):
    """One of them would have no effect."""
    with pytest.raises(config.ConfigError, match="tls_source spiffe takes no tls_cert"):
        config.load(data=tmp_path, tls_source="spiffe", tls_cert=tmp_path / "a", tls_key=tmp_path / "b")
