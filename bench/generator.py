"""Runs the Go program of bench/load: it sends a file of requests, each once, and reports their responses."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import machine
from bench.servers import Server

SOURCE = machine.ROOT / "bench" / "load"
PROGRAM = machine.WORK / "load"
USE = "/redeem.serialkey.v1.SerialKeyService/Use"

OK_SHARE_MIN = 0.999
OPEN_LOOP_SECONDS_MAX = 10


class VoidRun(Exception):
    """Too many responses were not OK: such a run measures refusals."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The results of one run. CPU is processor time per call in microseconds: the server's, and that of PostgreSQL."""

    calls: int
    cpu_us: float
    calls_per_second: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    database_us: float = 0.0
    ok_share: float = 1.0
    load_busy: float = 0.0  # the share of its core that the load generator used

    @property
    def together_us(self) -> float:
        """The processor time per call of the server and its database."""
        return self.cpu_us + self.database_us


def build() -> None:
    """Compile the program. Raises SystemExit when there is no Go."""
    if shutil.which("go") is None:
        raise SystemExit("make bench needs Go (https://go.dev/dl) for its load generator")
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", str(PROGRAM), "."], cwd=SOURCE, check=True)


def write_bodies(path: Path, bodies: Iterable[bytes]) -> Path:
    """Write the file of requests."""
    with path.open("wb") as file:
        for body in bodies:
            file.write(len(body).to_bytes(4, "big"))
            file.write(body)
    return path


def run(
    server: Server,
    bodies: Iterable[bytes],
    *,
    method: str = USE,
    metadata: str = "",
    rate: float = 0,
    connections: int = 16,
    calls_each: int = 16,
    ok_share_min: float = OK_SHARE_MIN,
) -> Figures:
    """Send the requests on some connections with some calls under way on each, or at a rate per second. Raises VoidRun.

    The run is void if fewer responses than `ok_share_min` of them are OK.

    At a rate, calls begin whether others have ended or not (open loop), latency counts from when a call was to begin,
    and refusals and calls of more than OPEN_LOOP_SECONDS_MAX do not void the run: the server may not sustain the rate.

    `metadata`, "key: value", goes with every request. The processor time is that from the connections standing until
    the server has nothing more to do: what it delivers after its responses is part of a call.
    """
    command = [str(PROGRAM), "-address", server.address, "-method", method, "-metadata", metadata]
    command += ["-ca", str(server.ca)] if server.ca else []
    command += ["-connections", str(connections), "-streams", str(calls_each)]
    command += ["-rate", str(rate), "-call-timeout", f"{OPEN_LOOP_SECONDS_MAX}s"] if rate else []
    with tempfile.TemporaryDirectory(dir=machine.WORK) as folder:  # another benchmark may run in this checkout
        file = write_bodies(Path(folder) / "requests.bin", bodies)
        return _run(server, [*command, "-bodies", str(file)], 0 if rate else ok_share_min)


def _run(server: Server, command: Sequence[str], ok_share_min: float) -> Figures:
    with machine.on_core(machine.LOAD_CORE):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if process.stdout.readline() != "ready\n":
                raise VoidRun(f"the load generator did not connect to {server.address}")
            before, database_before = server.cpu_seconds(), server.database_cpu_seconds()
            process.stdin.write("go\n")
            process.stdin.flush()
            line = process.stdout.readline()
            server.wait_until_idle()
            cpu_seconds = server.cpu_seconds() - before
            database_seconds = server.database_cpu_seconds() - database_before
        finally:
            process.kill()
    report = json.loads(line)
    if report["ok"] < ok_share_min * report["sent"]:
        raise VoidRun(f"void: {report['by_code']}")
    return _figures(report, cpu_seconds, database_seconds)


def _figures(report: dict[str, Any], cpu_seconds: float, database_seconds: float) -> Figures:
    return Figures(
        calls=report["sent"],
        cpu_us=cpu_seconds / report["sent"] * 1e6,
        calls_per_second=report["calls_per_second"],
        p50_ms=report["p50_ms"],
        p99_ms=report["p99_ms"],
        p999_ms=report["p999_ms"],
        database_us=database_seconds / report["sent"] * 1e6,
        ok_share=report["ok"] / report["sent"],
        load_busy=report["cpu_seconds"] / report["seconds"],
    )
