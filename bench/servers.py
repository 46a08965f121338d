"""Servers as processes of their own, on the core for servers."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench import machine
from bench.database import Database

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 60.0
IDLE_SECONDS_MAX = 60.0
IDLE_STEP_SECONDS = 0.4

HANDLED = "Game"  # the prefix of actions that a handler executes

_ADDRESS = re.compile(r"serving gRPC on (\S+)[^\n]*\n")


class ServerFailed(Exception):
    """A server did not start."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `data` is its data folder, if it has one; `database` is its PostgreSQL, if it has one.

    `ca` is the file of the authority that signed its certificate, if it speaks TLS. `others` are the process ids of
    further replicas, whose addresses follow in `address`, separated by commas.
    """

    pid: int
    address: str
    data: Path
    database: Database | None = None
    ca: Path | None = None
    others: tuple[int, ...] = ()

    def cpu_seconds(self) -> float:
        """Return the processor time it has had, without that of PostgreSQL."""
        return sum(map(machine.cpu_seconds, (self.pid, *self.others)))

    def database_cpu_seconds(self) -> float:
        """Return the processor time that PostgreSQL has had for it."""
        return 0.0 if self.database is None else self.database.cpu_seconds()

    def wait_until_idle(self) -> None:
        """Wait until it uses less than a twentieth of a processor, or for a minute."""
        until = time.monotonic() + IDLE_SECONDS_MAX
        while time.monotonic() < until:
            before = self.cpu_seconds()
            time.sleep(IDLE_STEP_SECONDS)
            if self.cpu_seconds() - before < IDLE_STEP_SECONDS / 20:
                return


def as_one(replicas: Sequence[Server]) -> Server:
    """Return replicas on one database as one server, for a load that all of them share."""
    first, *others = replicas
    address = ",".join(each.address for each in replicas)
    return replace(first, address=address, others=tuple(each.pid for each in others))


def redeemd(data: Path, module: str = "redeemd") -> list[str]:
    """Return the command that serves a folder in the default configuration, on free ports.

    `module` may be another one with the same command line.
    """
    command = [sys.executable, "-m", module, "serve", "--data", str(data)]
    return [*command, "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"]


def silent(data: Path) -> list[str]:
    """Return the command that serves a folder and writes no events."""
    return [*redeemd(data), "--event-retention-seconds", "0"]


def encrypted(data: Path) -> list[str]:
    """Return the command that serves a folder over TLS, with a new certificate in `certificate_of` the folder."""
    data.mkdir(parents=True, exist_ok=True)
    certificate, key = certificate_of(data), data / "server.key"
    subject = ["-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *subject]
    subprocess.run([*new, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return [*redeemd(data), "--tls-cert", str(certificate), "--tls-key", str(key)]


def certificate_of(data: Path) -> Path:
    """Return the file of the certificate with which a folder is served; it is its own authority."""
    return data / "server.pem"


def tracing(data: Path) -> list[str]:
    """Return the command that serves a folder and would export the spans of sampled calls."""
    return ["env", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317", *redeemd(data)]


def delivering(data: Path, *, handler: str) -> list[str]:
    """Return the command that serves a folder and delivers actions "Game:...", in batches, to a handler."""
    data.mkdir(parents=True, exist_ok=True)
    settings = data / "handlers.json"
    settings.write_text(
        json.dumps({HANDLED: {"address": handler, "plaintext": True, "batches": True}}), encoding="utf-8"
    )
    return [*redeemd(data), "--action-handlers", str(settings)]


def baseline(data: Path) -> list[str]:
    """Return the command of the same service over a conventional store."""
    return redeemd(data, "bench.baseline_store")


def echo(reply: Path) -> list[str]:
    """Return the command of the bare server that responds to everything with the message in a file."""
    return [sys.executable, "-m", "bench.baseline_echo", str(reply)]


@contextmanager
def running(command: Sequence[str], data: Path, database: Database | None = None) -> Iterator[Server]:
    """Run a server; its request log goes to a file, so that logging costs what it costs."""
    data.mkdir(parents=True, exist_ok=True)
    stderr = data / "server.err"
    with machine.on_core(machine.SERVER_CORE), (data / "server.log").open("wb") as log, stderr.open("wb") as errors:
        process = subprocess.Popen(command, stdout=log, stderr=errors, cwd=machine.ROOT)
    try:
        certificate = certificate_of(data)
        yield Server(
            process.pid, _address(process, stderr), data, database, certificate if certificate.exists() else None
        )
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: "subprocess.Popen[bytes]", stderr: Path) -> str:
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until and process.poll() is None:
        text = stderr.read_text(encoding="utf-8")
        if found := _ADDRESS.search(text):
            return found[1]
        time.sleep(0.05)
    raise ServerFailed(stderr.read_text(encoding="utf-8"))
