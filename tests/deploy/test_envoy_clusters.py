"""Namespaces spread over two deployments with a database each, behind Envoy with deploy/envoy/clusters."""

import contextlib
import shutil
import subprocess
from dataclasses import dataclass

import grpc
import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import serialkey_service_pb2_grpc
from support import lacking
from support import postgres as pg
from support.envoy import SHIPPED, Envoy, adapted, running
from support.patience import WAIT_SECONDS
from support.process import spawn
from support.programs import free_port
from support.service import refused

DEPLOYMENTS = ("a", "b")


@dataclass
class Clusters:
    """Both deployments. `keys` are their admin keys, `through` is the channel to Envoy, `direct` those past it."""

    keys: dict
    direct: dict
    through: object

    async def call(self, method, request, *, key, namespace=None, channel=None):
        """Call a method with the key of a deployment and the name of a namespace in the metadata."""
        metadata = [("authorization", f"Bearer {self.keys[key]}")]
        metadata += [("x-redeem-namespace", namespace)] if namespace is not None else []
        stub = serialkey_service_pb2_grpc.SerialKeyServiceStub(channel or self.through)
        return await getattr(stub, method)(request, metadata=metadata, timeout=WAIT_SECONDS)


@pytest.fixture(scope="module")
async def clusters(postgres, tmp_path_factory):  # noqa: ARG001 -- which skips where there is none
    """Run both deployments, and Envoy in front of them."""
    yaml = lacking.module("yaml")
    lacking.program("envoy")
    folder = tmp_path_factory.mktemp("clusters")
    keys, direct = {}, {}
    async with contextlib.AsyncExitStack() as stack:
        addresses = {}
        for name in DEPLOYMENTS:
            process = await replica(folder / name, master_key=folder / "a" / "master.key")
            stack.push_async_callback(process.end)
            addresses[f"redeemd-{name}", 50051] = ("127.0.0.1", int(process.address.rpartition(":")[2]))
            keys[name] = (folder / name / "admin.key").read_text().strip()
            direct[name] = await stack.enter_async_context(grpc.aio.insecure_channel(process.address))
        ports = {"clients": free_port(), "admin": free_port()}
        addresses |= {("0.0.0.0", 50051): ("127.0.0.1", ports["clients"])}
        addresses |= {("127.0.0.1", 9901): ("127.0.0.1", ports["admin"])}
        config = adapted(yaml.safe_load((SHIPPED / "clusters" / "envoy.yaml").read_text()), folder, addresses)
        (folder / "envoy.yaml").write_text(yaml.safe_dump(config))
        envoy = Envoy(folder, ports)
        await stack.enter_async_context(running(envoy, 0))
        for name in DEPLOYMENTS:
            await envoy.until(f"cluster.redeemd-{name}.membership_healthy", lambda healthy: healthy == 1)
        through = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{ports['clients']}"))
        yield Clusters(keys, direct, through)


def test_envoy_reads_the_shipped_file_as_it_is():
    """Its reader of YAML knows fewer forms than the one that other tests adapt the file with."""
    envoy, file = lacking.program("envoy"), SHIPPED / "clusters" / "envoy.yaml"
    command = [envoy, "--mode", "validate", "--log-level", "error", "-c", file]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=WAIT_SECONDS)
    assert done.returncode == 0, done.stderr


async def replica(folder, *, master_key):
    """Start a replica on a database of its own; all have the same master key."""
    folder.mkdir()
    if master_key.exists():
        shutil.copyfile(master_key, folder / "master.key")
    settings = await pg.settings_for(folder)
    process = await spawn(
        folder, "--drain-seconds", "0", **{f"REDEEMD_{name.upper()}": str(value) for name, value in settings.items()}
    )
    await process.wait_until_serving()
    return process


def get(namespace):
    """Return a request about a namespace."""
    return pb.GetNamespaceRequest(namespace_name=namespace)


async def test_calls_reach_the_deployment_of_their_namespace(clusters):
    """The header chooses it; the other deployment does not know the namespace."""
    for name, other in zip(DEPLOYMENTS, reversed(DEPLOYMENTS), strict=True):
        namespace = f"game-{name}-eu"
        await clusters.call("CreateNamespace", pb.CreateNamespaceRequest(name=namespace), key=name, namespace=namespace)
        assert (
            await clusters.call("GetNamespace", get(namespace), key=name, namespace=namespace)
        ).item.name == namespace
        with refused("NAMESPACE_NOT_FOUND"):
            await clusters.call("GetNamespace", get(namespace), key=other, channel=clusters.direct[other])


async def test_a_header_that_is_not_the_namespace_of_the_request_finds_nothing(clusters):
    """The call reaches the wrong deployment, which does not have the namespace."""
    await clusters.call("CreateNamespace", pb.CreateNamespaceRequest(name="game-a"), key="a", namespace="game-a")
    with refused("NAMESPACE_NOT_FOUND"):
        await clusters.call("GetNamespace", get("game-a"), key="b", namespace="game-b")


@pytest.mark.parametrize("namespace", [None, "", "game-c", "my-game-a", "game-ab"])
async def test_a_namespace_that_the_table_lacks_is_refused(clusters, namespace):
    """By Envoy, before any deployment creates anything."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await clusters.call("CreateNamespace", pb.CreateNamespaceRequest(name="stray"), key="a", namespace=namespace)
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "x-redeem-namespace" in caught.value.details()
