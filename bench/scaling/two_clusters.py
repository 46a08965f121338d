"""`python -m bench.scaling.two_clusters`: two deployments with a PostgreSQL cluster each, behind one Envoy.

Runs deploy/envoy/clusters, redeems in a namespace of one deployment, then in one of each at the same time, and prints
what a redemption cost where. It needs the packages of requirements/deploy.txt.
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bench import database, generator, machine, servers
from bench.admin_client import AdminClient, use_bodies
from bench.servers import Server

_CALLS = 10_000
_NAMESPACES = {"a": "game-a", "b": "game-b"}


@dataclass(frozen=True, slots=True)
class _Deployment:
    namespace: str
    server: Server
    bodies: Iterator[bytes]

    def cpu_seconds(self) -> float:
        return self.server.cpu_seconds() + self.server.database_cpu_seconds()


def _deployment(stack: ExitStack, folder: Path, name: str) -> _Deployment:
    cluster = stack.enter_context(database.running(folder / f"cluster-{name}"))
    data = folder / name
    command = [*servers.redeemd(data), *cluster.create_for_redeemd(data)]
    server = stack.enter_context(servers.running(command, data, cluster))
    namespace = _NAMESPACES[name]
    with AdminClient(server, namespace) as administrator:
        administrator.prepare()
        bodies = use_bodies(administrator.new_codes(2 * _CALLS), administrator.login_players(), namespace)
    return _Deployment(namespace, server, iter(bodies))


@asynccontextmanager
async def _envoy(folder: Path, deployments: dict[str, _Deployment]) -> AsyncIterator[str]:
    """Run Envoy in front of the deployments; yields its address."""
    from support import envoy, lacking, programs  # noqa: PLC0415 -- found by bench.database

    ports = {"clients": programs.free_port(), "admin": programs.free_port()}
    addresses = {
        ("0.0.0.0", 50051): ("127.0.0.1", ports["clients"]),
        ("127.0.0.1", 9901): ("127.0.0.1", ports["admin"]),
    }
    for name, deployment in deployments.items():
        addresses[f"redeemd-{name}", 50051] = ("127.0.0.1", int(deployment.server.address.rpartition(":")[2]))
    yaml = lacking.module("yaml")
    config = yaml.safe_load((envoy.SHIPPED / "clusters" / "envoy.yaml").read_text(encoding="utf-8"))
    (folder / "envoy.yaml").write_text(yaml.safe_dump(envoy.adapted(config, folder, addresses)), encoding="utf-8")
    proxy = envoy.Envoy(folder, ports)
    async with envoy.running(proxy, 0):
        for name in deployments:
            await proxy.until(f"cluster.redeemd-{name}.membership_healthy", lambda healthy: healthy == 1)
        yield f"127.0.0.1:{ports['clients']}"


def _load(folder: Path, address: str, deployment: _Deployment, calls: int) -> "subprocess.Popen[str]":
    """Start a load that waits for its start."""
    file = generator.write_bodies(folder / f"{deployment.namespace}.bin", islice(deployment.bodies, calls))
    command = [str(generator.PROGRAM), "-address", address, "-method", generator.USE, "-bodies", str(file)]
    command += ["-metadata", f"x-redeem-namespace: {deployment.namespace}", "-connections", "8"]
    with machine.on_core(machine.LOAD_CORE):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _redeem(folder: Path, address: str, loaded: Sequence[_Deployment], all_of_them: Sequence[_Deployment]) -> None:
    """Redeem at some deployments at the same time; print what all of them had to do for it."""
    calls = _CALLS // len(loaded)
    processes = [_load(folder, address, deployment, calls) for deployment in loaded]
    before = [deployment.cpu_seconds() for deployment in all_of_them]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    reports: list[dict[str, Any]] = [json.loads(process.communicate()[0]) for process in processes]
    used = [deployment.cpu_seconds() - start for deployment, start in zip(all_of_them, before, strict=True)]
    print(f"{' and '.join(deployment.namespace for deployment in loaded)}, {_CALLS:,} redemptions")
    for deployment, report in zip(loaded, reports, strict=True):
        print(f"  {deployment.namespace}: {report['ok']:,} of {report['sent']:,} OK, p99 {report['p99_ms']:.0f} ms")
    for deployment, seconds in zip(all_of_them, used, strict=True):
        share = f", {seconds / calls * 1e6:.0f} us a redemption" if deployment in loaded else ""
        print(f"  deployment of {deployment.namespace}: {seconds:.2f} s of CPU, its database's included{share}")


async def _run(folder: Path, deployments: dict[str, _Deployment]) -> None:
    everyone = list(deployments.values())
    async with _envoy(folder, deployments) as address:
        for loaded in (everyone[:1], everyone):
            await asyncio.to_thread(_redeem, folder, address, loaded, everyone)


def main() -> None:
    """Run it."""
    folder = machine.WORK / "two_clusters"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    generator.build()
    try:
        with ExitStack() as stack:
            asyncio.run(_run(folder, {name: _deployment(stack, folder, name) for name in _NAMESPACES}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
