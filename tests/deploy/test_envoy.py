"""Calls through Envoy with the configuration of deploy/envoy, by mutual TLS and at the edge."""

import json

import grpc
import pytest
from redeem.auth.v1 import auth_service_pb2_grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import serialkey_service_pb2_grpc
from support.certificates import SERVER_NAME, Authority, channel
from support.mesh import CONSOLE, LOBBY, STRANGER
from support.patience import WAIT_SECONDS
from support.service import refused

USE = "/redeem.serialkey.v1.SerialKeyService/Use"


async def list_keys(opened, metadata=()):
    """Call a method of administrators."""
    stub = auth_service_pb2_grpc.AuthServiceStub(opened)
    return await stub.ListKeys(auth_pb.ListKeysRequest(), metadata=metadata, timeout=WAIT_SECONDS)


async def test_a_peer_has_the_role_of_its_spiffe_id(mesh):
    """Envoy states the certificate of its client, and redeemd maps it."""
    async with mesh.channel(mesh.certificate(CONSOLE)) as opened:
        assert (await list_keys(opened)).items
    async with mesh.channel(mesh.certificate(LOBBY)) as opened:
        with refused("ROLE_NOT_ALLOWED"):
            await list_keys(opened)
    async with mesh.channel(mesh.certificate(STRANGER)) as opened:
        with refused("CREDENTIAL_MISSING"):
            await list_keys(opened)


@pytest.mark.parametrize("port", ["mesh", "edge"])
async def test_a_client_cannot_state_the_certificate_of_another(mesh, port):
    """Envoy replaces or removes x-forwarded-client-cert."""
    forged = (("x-forwarded-client-cert", f"Hash=ab12;URI={CONSOLE}"),)
    token = (("authorization", f"Bearer {mesh.provider.token(sub='alice')}"),) if port == "edge" else ()
    client = mesh.certificate(LOBBY) if port == "mesh" else None
    async with mesh.channel(client, port=port) as opened:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await list_keys(opened, forged + token)
    assert caught.value.code() in {grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED}


async def test_without_a_good_client_certificate_no_call_passes(mesh, tmp_path):
    """None, one of another authority, or one of another trust domain."""
    stranger = Authority(tmp_path / "stranger").issue(SERVER_NAME, uris=[CONSOLE])
    for client in (None, stranger, mesh.certificate("spiffe://elsewhere.example/a"), mesh.certificate()):
        async with channel(mesh.envoy.ports["mesh"], mesh.authority.ca, client) as opened:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await list_keys(opened)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_replica_serves_nobody_but_members_of_the_mesh(mesh, tmp_path):
    """The hop behind Envoy is mutual TLS as well."""
    stranger = Authority(tmp_path / "stranger").issue(SERVER_NAME)
    port = int(mesh.replicas.addresses[0].rpartition(":")[2])
    async with channel(port, mesh.authority.ca, stranger) as opened:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await list_keys(opened)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def expecting_somebody_else(config):
    """Expect another SPIFFE ID of the replicas."""
    (cluster,) = config["static_resources"]["clusters"]
    context = cluster["transport_socket"]["typed_config"]["common_tls_context"]["combined_validation_context"]
    (name,) = context["default_validation_context"]["match_typed_subject_alt_names"]
    name["matcher"]["exact"] = STRANGER


async def test_envoy_calls_nobody_but_redeemd(mesh):
    """A certificate of the same authority for another SPIFFE ID is refused."""
    async with mesh.other_envoy("elsewhere", expecting_somebody_else, healthy=0) as envoy:
        await envoy.until("cluster.redeemd.ssl.fail_verify_san", lambda refusals: refusals > 0)
        async with channel(envoy.ports["mesh"], mesh.authority.ca, mesh.certificate(CONSOLE)) as opened:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await list_keys(opened)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_the_edge_requires_a_token_of_the_identity_provider(mesh):
    """Envoy refuses calls without one, with an expired one, or one for another audience."""
    for token in ("", mesh.provider.token(exp=1), mesh.provider.token(aud="other"), "nonsense"):
        posted = await mesh.post(USE, token=token, json={})
        assert posted.status in {401, 403}


async def test_a_player_redeems_by_grpc_at_the_edge(mesh, meshed_world):
    """The claim of the token names the player."""
    (code,) = await meshed_world.codes(1)
    token = mesh.provider.token(sub="alice")
    async with mesh.channel(None, port="edge") as opened:
        stub = serialkey_service_pb2_grpc.SerialKeyServiceStub(opened)
        request = pb.UseRequest(namespace_name=meshed_world.name, code=code)
        used = await stub.Use(request, metadata=(("authorization", f"Bearer {token}"),), timeout=WAIT_SECONDS)
    assert used.item.used_user_id == "alice"


async def test_a_browser_redeems_by_grpc_web(mesh, meshed_world):
    """A message and the status in one body; a page of the studio may read the response."""
    (code,) = await meshed_world.codes(1)
    headers = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1", "origin": "https://play.studio.example"}
    token = mesh.provider.token(sub="alice")
    body = framed(pb.UseRequest(namespace_name=meshed_world.name, code=code).SerializeToString())
    posted = await mesh.post(USE, token=token, headers=headers, data=body)
    message, trailers = frames(posted.body)
    assert pb.UseResponse.FromString(message).item.used_user_id == "alice"
    assert b"grpc-status:0" in trailers
    assert posted.headers["access-control-allow-origin"] == "https://play.studio.example"


def framed(message):
    """Return a message as gRPC-Web frames it."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def frames(body):
    """Return the contents of all frames."""
    found = []
    while body:
        size = int.from_bytes(body[1:5], "big")
        found.append(body[5 : 5 + size])
        body = body[5 + size :]
    return found


async def test_a_player_redeems_by_json(mesh, meshed_world):
    """An unknown query parameter, which SDKs add, is ignored."""
    (code,) = await meshed_world.codes(1)
    token = mesh.provider.token(sub="alice")
    request = {"namespaceName": meshed_world.name, "code": code}
    posted = await mesh.post(f"{USE}?contextStack=x", token=token, json=request)
    assert (posted.status, json.loads(posted.body)["item"]["usedUserId"]) == (200, "alice")


async def test_an_error_by_json_has_its_details(mesh, meshed_world):
    """The body is google.rpc.Status with ErrorInfo."""
    token = mesh.provider.token(sub="alice")
    request = {"namespaceName": meshed_world.name, "code": "AAAAAAAAAAAAAA"}
    posted = await mesh.post(USE, token=token, json=request)
    assert posted.status == 404
    (info,) = [d for d in json.loads(posted.body)["details"] if d["@type"].endswith("ErrorInfo")]
    assert info["reason"] == "CODE_NOT_FOUND"


async def test_an_unknown_method_by_json_is_not_found(mesh):
    """And not an outage."""
    posted = await mesh.post(f"{USE}Twice", token=mesh.provider.token(), json={})
    assert posted.status == 404
