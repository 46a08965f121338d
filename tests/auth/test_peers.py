"""Peers that their certificate, or a trusted proxy, identifies."""

import json

import grpc
import pytest
from redeem.auth.v1 import auth_service_pb2_grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.event.v1 import event_service_pb2_grpc
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import serialkey_service_pb2_grpc
from redeemd import config
from support.certificates import SERVER_NAME, Authority, channel
from support.heard import heard
from support.patience import WAIT_SECONDS
from support.service import bearer, refused, running

OPERATOR = "spiffe://studio.example/ns/ops/sa/console"
GAME = "spiffe://studio.example/ns/game/sa/lobby"
GATEWAY = "spiffe://studio.example/ns/mesh/sa/gateway"
STRANGER = "spiffe://studio.example/ns/other/sa/other"
PEERS = {OPERATOR: {"role": "admin"}, GAME: {"role": "server", "namespaces": ["shop"]}}


@pytest.fixture
def authority(tmp_path):
    """The authority that signs all certificates."""
    return Authority(tmp_path / "authority")


def identities(folder, *forwarders):
    """Return a file of identities."""
    path = folder / "identities.json"
    path.write_text(json.dumps({"peers": PEERS, "forwarders": forwarders}))
    return path


@pytest.fixture
async def service(tmp_path, authority):
    """A server that knows the peers, and trusts the gateway."""
    own = authority.issue(SERVER_NAME)
    tls = {"tls_cert": own.certificate, "tls_key": own.key, "tls_client_ca": authority.ca}
    async with heard(tmp_path / "data", identities=identities(tmp_path, GATEWAY), **tls) as service:
        yield service


def certificate(uri):
    """Return the header of a proxy for a client's certificate."""
    return (("x-forwarded-client-cert", f"Hash=ab12;URI={uri}"),)


async def list_keys(opened, metadata=()):
    """Call a method of administrators."""
    stub = auth_service_pb2_grpc.AuthServiceStub(opened)
    return await stub.ListKeys(auth_pb.ListKeysRequest(), metadata=metadata, timeout=WAIT_SECONDS)


async def use(opened, namespace):
    """Call a method of game servers."""
    stub = serialkey_service_pb2_grpc.SerialKeyServiceStub(opened)
    request = pb.UseByUserIdRequest(namespace_name=namespace, code="any", user_id="alice")
    return await stub.UseByUserId(request, timeout=WAIT_SECONDS)


async def issue(opened):
    """Issue a code in a namespace of one's own."""
    stub = serialkey_service_pb2_grpc.SerialKeyServiceStub(opened)
    settings = json.dumps({"version": "2022-09-13", "campaignModels": [{"name": "spring"}]})
    await stub.CreateNamespace(pb.CreateNamespaceRequest(name="shop"))
    await stub.UpdateCurrentCampaignMaster(
        pb.UpdateCurrentCampaignMasterRequest(namespace_name="shop", settings=settings)
    )
    return await stub.IssueOnce(pb.IssueOnceRequest(namespace_name="shop", campaign_model_name="spring"))


def by(service, authority, *uris):
    """Return a connection with a certificate for URIs."""
    return channel(service.port, authority.ca, authority.issue("peer", uris=uris))


async def test_a_peer_has_the_role_of_its_id(service, authority):
    """Without a key."""
    async with by(service, authority, OPERATOR) as opened:
        assert (await list_keys(opened)).items


async def test_a_peer_is_limited_to_its_role_and_namespaces(service, authority):
    """As a key is."""
    async with by(service, authority, GAME) as opened:
        with refused("ROLE_NOT_ALLOWED"):
            await list_keys(opened)
        with refused("NAMESPACE_NOT_ALLOWED"):
            await use(opened, "other")
        with refused("NAMESPACE_NOT_FOUND"):
            await use(opened, "shop")


@pytest.mark.parametrize("uris", [(), (STRANGER,), (OPERATOR, GAME), ("https://studio.example/console",)])
async def test_any_other_certificate_gives_no_role(service, authority, uris):
    """Of an unknown ID, without an ID, or with several; a key still does."""
    async with by(service, authority, *uris) as opened:
        with refused("CREDENTIAL_MISSING"):
            await list_keys(opened)
        assert (await list_keys(opened, bearer(service.key))).items


async def test_an_id_without_a_role_is_named(service, authority):
    """In the refusal and in the log, so that an operator can find what to add; also the ID that a proxy states."""
    for presented, metadata in ((STRANGER, ()), (GATEWAY, certificate(STRANGER))):
        async with by(service, authority, presented) as opened:
            with refused("CREDENTIAL_MISSING") as refusal:
                await list_keys(opened, metadata)
        assert refusal.metadata["peer"] == STRANGER
        assert service.heard.last("ListKeys")["spiffe_id"] == STRANGER


async def test_the_file_is_read_again_on_request(service, authority, tmp_path):
    """For new calls on connections that are open, too; a file that cannot be used leaves the roles of before."""
    path, reload = identities(tmp_path, GATEWAY), service.app.components.reloading.reload
    async with by(service, authority, OPERATOR) as operator, by(service, authority, STRANGER) as stranger:
        path.write_text(json.dumps({"peers": {STRANGER: {"role": "admin"}}}))
        await reload()
        assert (await list_keys(stranger)).items
        with refused("CREDENTIAL_MISSING"):
            await list_keys(operator)
        path.write_text('{"peers": {"lobby": {"role": "admin"}}}')
        await reload()
        assert (await list_keys(stranger)).items
        path.write_text("{}")
        await reload()
        with refused("CREDENTIAL_MISSING"):
            await list_keys(stranger)


@pytest.mark.parametrize("content", [{"peers": PEERS}, {"forwarders": [GATEWAY]}])
def test_ids_that_no_certificate_can_prove_stop_the_start(tmp_path, content):
    """Without --tls-client-ca, and without a forwarder that needs no certificate, the file has no effect."""
    path = tmp_path / "identities.json"
    path.write_text(json.dumps(content))
    with pytest.raises(config.ConfigError, match="SPIFFE IDs need tls_client_ca"):
        config.load(data=tmp_path, identities=path)


async def test_a_key_comes_before_the_peer(service, authority):
    """A call with a credential is a call with that credential."""
    async with by(service, authority, OPERATOR) as opened:
        with refused("CREDENTIAL_INVALID"):
            await list_keys(opened, bearer("k0.none"))


async def test_a_trusted_proxy_names_its_client(service, authority):
    """Its client's role counts, and not that of the proxy."""
    async with by(service, authority, GATEWAY) as opened:
        assert (await list_keys(opened, certificate(OPERATOR))).items
        with refused("ROLE_NOT_ALLOWED"):
            await list_keys(opened, certificate(GAME))
        with refused("CREDENTIAL_MISSING"):
            await list_keys(opened, certificate(STRANGER))
        with refused("CREDENTIAL_MISSING"):
            await list_keys(opened)


async def test_the_header_of_any_other_peer_is_ignored(service, authority):
    """Nobody takes another's place by it."""
    async with by(service, authority, GAME) as opened:
        with refused("ROLE_NOT_ALLOWED"):
            await list_keys(opened, certificate(OPERATOR))
    async with by(service, authority, STRANGER) as opened:
        with refused("CREDENTIAL_MISSING"):
            await list_keys(opened, certificate(OPERATOR))


@pytest.mark.parametrize(
    "metadata",
    [
        (("x-forwarded-client-cert", f"URI={OPERATOR},URI={GAME}"),),
        certificate(OPERATOR) * 2,
        (("x-forwarded-client-cert", "Hash=ab12"),),
        (("x-forwarded-client-cert", ""),),
    ],
)
async def test_a_header_that_names_not_exactly_one_client_is_refused(service, authority, metadata):
    """It may be what a client sent to the proxy."""
    async with by(service, authority, GATEWAY) as opened:
        with refused("CREDENTIAL_INVALID"):
            await list_keys(opened, metadata)


async def test_a_sidecar_names_its_client(tmp_path):
    """On a Unix socket, or on a port of the loopback interface, if the configuration trusts it."""
    socket = f"unix:{tmp_path / 'redeemd.sock'}"
    for name, listen, trusted in (
        ("a", socket, "unix"),
        ("b", "127.0.0.1:0", "loopback"),
        ("c", "127.0.0.1:0", "unix"),
        ("d", socket, "loopback"),
    ):
        file = identities(tmp_path, trusted)
        async with running(tmp_path / name, listen=listen, identities=file) as service:
            there = listen if listen == socket else f"127.0.0.1:{service.port}"
            async with grpc.aio.insecure_channel(there) as opened:
                if name in "ab":
                    assert (await list_keys(opened, certificate(OPERATOR))).items
                else:
                    with refused("CREDENTIAL_MISSING"):
                        await list_keys(opened, certificate(OPERATOR))


async def test_loopback_is_trusted_without_tls_only(tmp_path, authority):
    """A TLS connection from this machine may be that of anybody's client."""
    own = authority.issue(SERVER_NAME)
    tls = {"tls_cert": own.certificate, "tls_key": own.key}
    file = identities(tmp_path, "loopback")
    async with (
        running(tmp_path / "data", identities=file, **tls) as service,
        channel(service.port, authority.ca) as opened,
    ):
        with refused("CREDENTIAL_MISSING"):
            await list_keys(opened, certificate(OPERATOR))


async def test_a_peer_keeps_its_stream(service, authority):
    """The stream of a peer goes on as long as its connection."""
    async with by(service, authority, OPERATOR) as opened:
        stream = event_service_pb2_grpc.EventServiceStub(opened).WatchEvents(event_pb.WatchEventsRequest())
        assert not (await stream.read()).items
        await issue(opened)
        assert (await stream.read()).items
        stream.cancel()


@pytest.mark.parametrize(
    "name", ["lobby", "spiffe://", "spiffe://Studio.example/a", "spiffe://a/../b", "spiffe://a//b"]
)
def test_a_name_that_is_no_spiffe_id_stops_the_start(tmp_path, name):
    """With the rule."""
    path = tmp_path / "identities.json"
    path.write_text(json.dumps({"peers": {name: {"role": "admin"}}}))
    with pytest.raises(config.ConfigError, match="must be a SPIFFE ID"):
        config.load(data=tmp_path, identities=path)
