"""A million codes out and in: downloads and exports with flat memory, an import against the bare insert of its rows."""

import os
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.serialkey.codec.folding import fold
from redeemd.serialkey.codec.imported import IV_BYTES, KEY_BYTES, Match, Sealer
from redeemd.serialkey.importing.importer import STEP_CODES
from redeemd.store.migrate import load
from redeemd.store.sqlite.store import _PRAGMAS

from bench import machine, servers
from bench.admin_client import CAMPAIGN, NAMESPACE, AdminClient, use_request

PIECE = 5000
CSV_COMMAND = "redeemd export --format csv"
JSON_LINES_COMMAND = "redeemd export --format jsonl"
_INSERT = "INSERT INTO imported_code (namespace_id, import_number, ordinal, code_key, sealed) VALUES (1, 1, ?, ?, ?)"
_INSERT_KEY = "INSERT INTO imported_key (namespace_id, code_key, import_number, ordinal) VALUES (1, ?, 1, ?)"


@dataclass(frozen=True, slots=True)
class Export:
    """One way out. memory_mib is by how much the server's resident memory rose at its highest."""

    codes_per_second: float
    memory_mib: float


@dataclass(frozen=True, slots=True)
class Transfer:
    """Medians. bare_seconds are those of the same rows without redeemd, in steps of the same size."""

    count: int
    exports: dict[str, Export]
    import_seconds: float
    bare_seconds: float
    bare_whole_seconds: float  # in one transaction
    use_ms: tuple[float, float]  # alone: median and most
    use_during_import_ms: tuple[float, float]
    import_memory_mib: float


def run(data: Path, *, count: int, passes: int) -> Transfer:
    """Measure all of it on one server."""
    with servers.running(servers.redeemd(data), data) as server, AdminClient(server) as administrator:
        administrator.prepare()
        job = _issue(administrator, count)
        exports = _exports(server, administrator, job, count, passes)
        codes = [f"OLD-{number:010}-{os.urandom(4).hex()}" for number in range(count)]
        token = administrator.login_players()[0]
        alone = _uses(administrator, token, lambda: False)
        before = _peak_mib(server)
        imports = [_import(administrator, codes, number, token) for number in range(passes)]
        memory = _peak_mib(server) - before
    rows = _rows(codes)
    stepwise = [_bare_insert(data / f"bare-{number}.db", rows, STEP_CODES) for number in range(passes)]
    whole = _bare_insert(data / "bare-whole.db", rows, len(rows))
    return Transfer(
        count=count,
        exports=exports,
        import_seconds=statistics.median(seconds for seconds, _ in imports),
        bare_seconds=statistics.median(stepwise),
        bare_whole_seconds=whole,
        use_ms=_middle_and_most(alone),
        use_during_import_ms=_middle_and_most([each for _, uses in imports for each in uses]),
        import_memory_mib=memory,
    )


def _issue(administrator: AdminClient, count: int) -> str:
    request = pb.IssueBatchRequest(namespace_name=NAMESPACE, campaign_model_name=CAMPAIGN, count=count)
    name: str = administrator.call("IssueBatch", request).item.name
    return name


def _exports(
    server: servers.Server, administrator: AdminClient, job: str, count: int, passes: int
) -> dict[str, Export]:
    ways: dict[str, Callable[[], int]] = {
        "download of the CSV (HTTP)": partial(_download, administrator, job),
        "StreamSerialKeys (gRPC, Python client)": partial(_stream, administrator, job),
        CSV_COMMAND: partial(_command, server, job, "csv"),
        JSON_LINES_COMMAND: partial(_command, server, job, "jsonl"),
    }
    exports = {}
    for name, way in ways.items():
        before, seconds = _peak_mib(server), []
        for _ in range(passes):
            began = time.perf_counter()
            with machine.on_core(machine.LOAD_CORE):
                got = way()
            seconds.append(time.perf_counter() - began)
            assert got == count, f"{name}: {got} codes"
        exports[name] = Export(count / statistics.median(seconds), _peak_mib(server) - before)
    return exports


def _download(administrator: AdminClient, job: str) -> int:
    request = pb.DownloadSerialCodesRequest(namespace_name=NAMESPACE, campaign_model_name=CAMPAIGN, issue_job_name=job)
    url = administrator.call("DownloadSerialCodes", request).url
    lines = 0
    with closing(urllib.request.urlopen(url)) as response:  # our own server
        while data := response.read(1 << 20):
            lines += data.count(b"\n")
    return lines - 1


def _stream(administrator: AdminClient, job: str) -> int:
    request = pb.StreamSerialKeysRequest(namespace_name=NAMESPACE, campaign_model_name=CAMPAIGN, issue_job_name=job)
    return sum(len(chunk.codes) for chunk in administrator.call("StreamSerialKeys", request))


def _command(server: servers.Server, job: str, file_format: str) -> int:
    out = server.data / f"out.{file_format}"
    command = [sys.executable, "-m", "redeemd", "export", NAMESPACE, CAMPAIGN, job, "-o", str(out)]
    command += ["--format", file_format, "--server", server.address, "--key-file", str(server.data / "admin.key")]
    subprocess.run(command, check=True, capture_output=True)
    with out.open("rb") as file:
        lines = sum(1 for _ in file)
    out.unlink()
    out.with_name(f"{out.name}.sha256").unlink()
    return lines - (1 if file_format == "csv" else 0)


def _import(administrator: AdminClient, codes: list[str], number: int, token: str) -> tuple[float, list[float]]:
    """Import codes while somebody uses others; return the seconds it took, and those of each use."""

    def requests() -> Iterator[pb.ImportSerialKeysRequest]:
        for start in range(0, len(codes), PIECE):
            piece = [f"{number}-{code}" for code in codes[start : start + PIECE]]
            last = start + PIECE >= len(codes)
            yield pb.ImportSerialKeysRequest(
                namespace_name=NAMESPACE, campaign_model_name=CAMPAIGN, codes=piece, last=last
            )

    done = threading.Event()
    uses: list[float] = []
    user = threading.Thread(target=lambda: uses.extend(_uses(administrator, token, lambda: not done.is_set())))
    with machine.on_core(machine.LOAD_CORE):
        user.start()
        began = time.perf_counter()
        imported = administrator.call("ImportSerialKeys", requests()).imported_count
        seconds = time.perf_counter() - began
        done.set()
        user.join()
    assert imported == len(codes), f"{imported} codes imported"
    return seconds, uses


def _uses(administrator: AdminClient, token: str, go_on: Callable[[], bool], least: int = 200) -> list[float]:
    """Use codes one after the other, a pause between them; return the milliseconds of each."""
    taken: list[float] = []
    codes = iter(administrator.new_codes(20_000))
    while len(taken) < least or go_on():
        request = use_request(next(codes), token)
        began = time.perf_counter()
        administrator.call("Use", request)
        taken.append((time.perf_counter() - began) * 1e3)
        time.sleep(0.005)
    return taken


def _rows(codes: list[str]) -> list[tuple[int, bytes, bytes]]:
    sealer = Sealer(os.urandom(KEY_BYTES))
    sealed, _ = sealer.seal(codes, list(map(fold, codes)), Match.FOLDED)
    return [(ordinal, item.code_key, item.sealed) for ordinal, item in enumerate(sealed)]


def _bare_insert(path: Path, rows: list[tuple[int, bytes, bytes]], step: int) -> float:
    """Insert rows into the same table, without anything else; return the seconds."""
    with machine.on_core(machine.SERVER_CORE), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        for migration in load():
            for statement in migration.statements():
                connection.execute(statement)
        began = time.perf_counter()
        for start in range(0, len(rows), step):
            connection.execute("BEGIN IMMEDIATE")
            part = rows[start : start + step]
            connection.executemany(_INSERT, part)
            connection.executemany(_INSERT_KEY, [(code_key[:IV_BYTES], ordinal) for ordinal, code_key, _ in part])
            connection.execute("COMMIT")
        return time.perf_counter() - began


def _peak_mib(server: servers.Server) -> float:
    """Return the most resident memory that the server ever had."""
    for line in Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise AssertionError("VmHWM is not reported")


def _middle_and_most(values: list[float]) -> tuple[float, float]:
    return statistics.median(values), max(values)
