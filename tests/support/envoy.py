"""Envoy with the configuration of deploy/envoy, in front of replicas that a test runs."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from support import lacking
from support.certificates import Pair
from support.contract import REPOSITORY
from support.patience import WAIT_SECONDS
from support.programs import free_port

SHIPPED = REPOSITORY / "deploy" / "envoy"
DESCRIPTORS = REPOSITORY / "generated" / "descriptors" / "redeem.binpb"
_FOLDER = "/etc/envoy"
_PORTS = {"mesh": 9443, "edge": 8443, "admin": 9901}
_OPTIONS = ("--concurrency", "1", "--disable-hot-restart", "--log-level", "warning", "--file-flush-interval-msec", "50")
_REPLICAS = ("redeemd-1", "redeemd-2")

Config = dict[str, Any]


def shipped() -> Config:
    """Return the configuration as it is shipped."""
    loaded: Config = lacking.module("yaml").safe_load((SHIPPED / "envoy.yaml").read_text())
    return loaded


def adapted(node: Any, folder: Path, addresses: Mapping[tuple[str, int], tuple[str, int]]) -> Any:
    """Return a part of the configuration with other addresses, and with files in another folder."""
    if isinstance(node, str):
        return node.replace(_FOLDER, str(folder), 1) if node.startswith(f"{_FOLDER}/") else node
    if isinstance(node, list):
        return [adapted(item, folder, addresses) for item in node]
    if not isinstance(node, dict):
        return node
    if "port_value" in node:
        host, port = addresses[node["address"], node["port_value"]]
        return {**node, "address": host, "port_value": port}
    return {name: adapted(value, folder, addresses) for name, value in node.items()}


class Envoy:
    """A running Envoy. Its files, which /etc/envoy would hold, are in a folder."""

    def __init__(self, folder: Path, ports: Mapping[str, int]) -> None:
        self.folder = folder
        self.ports = ports

    def show(self, pair: Pair) -> None:
        """Replace its certificate for game servers and for redeemd, as an agent of SPIFFE does."""
        put(self.folder / "identity", tls_key=pair.key, tls_crt=pair.certificate)

    async def statistic(self, name: str) -> int:
        """Return one of its counters or gauges, 0 if there is none yet."""
        url = f"http://127.0.0.1:{self.ports['admin']}/stats?format=json&filter=^{name}$"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            found = [item["value"] for item in (await response.json(content_type=None))["stats"] if "name" in item]
        return int(found[0]) if found else 0

    async def until(self, name: str, reached: Callable[[int], bool]) -> None:
        """Wait until a statistic has a value."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    if reached(await self.statistic(name)):
                        return
                await asyncio.sleep(0.05)

    async def until_healthy(self, count: int) -> None:
        """Wait until it sends calls to that many replicas."""
        await self.until("cluster.redeemd.membership_healthy", lambda healthy: healthy == count)

    async def logged(self, request_id: str) -> dict[str, Any]:
        """Return the line of its access log about a call."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                whole, _, _ = (self.folder / "access.log").read_text().rpartition("\n")
                for line in map(json.loads, whole.splitlines()):
                    if line["request_id"] == request_id:
                        return line
                await asyncio.sleep(0.05)


def put(folder: Path, **files: Path) -> None:
    """Move copies of files into a folder, so that a watcher never sees half of one; `tls_key` becomes tls.key."""
    folder.mkdir(exist_ok=True)
    for name, source in files.items():
        new = folder.parent / f"{name}.new"
        shutil.copyfile(source, new)
        new.rename(folder / name.replace("_", "."))


def write(
    folder: Path, replicas: Sequence[str], *, identity: Pair, ca: Path, jwks: bytes, change: Callable[[Config], None]
) -> Envoy:
    """Write the files of an Envoy in front of the addresses of two replicas."""
    yaml = lacking.module("yaml")
    folder.mkdir()
    put(folder / "identity", tls_key=identity.key, tls_crt=identity.certificate, ca_crt=ca)
    put(folder / "edge", tls_key=identity.key, tls_crt=identity.certificate)
    (folder / "jwks.json").write_bytes(jwks)
    shutil.copyfile(DESCRIPTORS, folder / "redeem.binpb")
    ports = {name: free_port() for name in _PORTS}
    addresses = _addresses(ports, replicas)
    for file in SHIPPED.glob("*.yaml"):
        config = yaml.safe_load(file.read_text())
        if file.name == "envoy.yaml":
            change(config)
        (folder / file.name).write_text(yaml.safe_dump(adapted(config, folder, addresses)))
    return Envoy(folder, ports)


def _addresses(ports: Mapping[str, int], replicas: Sequence[str]) -> dict[tuple[str, int], tuple[str, int]]:
    """Return the addresses of a test by those that are shipped."""
    listening = {(host, _PORTS[name]): ports[name] for name in ports for host in ("0.0.0.0", "127.0.0.1")}
    called = {(name, 50051): int(address.rpartition(":")[2]) for name, address in zip(_REPLICAS, replicas, strict=True)}
    return {shipped: ("127.0.0.1", port) for shipped, port in {**listening, **called}.items()}


@contextlib.asynccontextmanager
async def running(envoy: Envoy, replicas: int) -> AsyncIterator[None]:
    """Run an Envoy, and wait until that many replicas are healthy."""
    command = [lacking.program("envoy"), "-c", str(envoy.folder / "envoy.yaml"), *_OPTIONS]
    with (envoy.folder / "access.log").open("wb") as out, (envoy.folder / "envoy.log").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=errors)
    try:
        await _until_ready(envoy, process)
        await envoy.until_healthy(replicas)
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _until_ready(envoy: Envoy, process: asyncio.subprocess.Process) -> None:
    url = f"http://127.0.0.1:{envoy.ports['admin']}/ready"
    async with asyncio.timeout(WAIT_SECONDS), aiohttp.ClientSession() as session:
        while True:
            assert process.returncode is None, (envoy.folder / "envoy.log").read_text()
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(url) as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.05)
