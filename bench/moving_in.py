"""`python -m bench.moving_in`: processor time of an import of codes with states, beside a bare insert of its rows.

Every code has a state, and a share of them is used. Imports and bare inserts take turns on the same machine, embedded
and on PostgreSQL (fsync on), whose processor time counts; that of the client of an import does not, that of a bare
insert does. Each import is one call, into a namespace of its own.
"""

import argparse
import asyncio
import os
import shutil
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2
from redeemd.serialkey.codec.folding import fold
from redeemd.serialkey.codec.imported import IV_BYTES, KEY_BYTES, Match, Sealer
from redeemd.serialkey.importing.importer import STEP_CODES
from redeemd.store.migrate import load
from redeemd.store.sqlite.store import _PRAGMAS

from bench import database, machine, servers
from bench.admin_client import CAMPAIGN, AdminClient
from bench.servers import Server

MESSAGE_CODES = 5000
IMPORT, STEPS, WHOLE = "import", "bare insert, steps of the same size", "bare insert, COPY or one transaction"
_USED_AT = 1_700_000_000_000
_CODE = "imported_code", ("namespace_id", "import_number", "ordinal", "code_key", "sealed", "metadata")
_KEY = "imported_key", ("namespace_id", "code_key", "import_number", "ordinal")
_STATE = (
    "serial_key",
    ("namespace_id", "campaign_number", "sequence", "status", "used_user_id", "used_at", "updated_at", "revision"),
)
_TYPES = {"code_key": "bytea", "sealed": "bytea", "metadata": "text", "used_user_id": "text"}
_BATCH = (
    "INSERT INTO issue_job (namespace_id, campaign_number, first_sequence, count, name, key_id, status, created_at, "
    "updated_at, revision) VALUES (1, {0}, 0, {1}, 'b{0}', 'k', 1, 1, 1, 1)"
)
_Table = tuple[str, tuple[str, ...]]
_Rows = dict[_Table, list[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes with their states."""

    texts: list[str]
    states: list[pb.ImportedState]

    @classmethod
    def made(cls, number: int, count: int, used: float) -> "Codes":
        """Make codes of which a share is used."""
        texts = [f"{number}-{ordinal:07}-{os.urandom(4).hex()}" for ordinal in range(count)]
        states = []
        for ordinal in range(count):
            is_used = (ordinal * used) % 1 + used >= 1
            state = pb.ImportedState(status=resources_pb2.SERIAL_KEY_STATUS_ACTIVE)
            if is_used:
                state.status = resources_pb2.SERIAL_KEY_STATUS_USED
                state.used_user_id, state.used_at = f"player-{ordinal % 10_000}", _USED_AT + ordinal * 1000
            states.append(state)
        return cls(texts, states)

    def rows(self, number: int) -> Iterator[_Rows]:
        """Yield the rows that an import leaves, in steps."""
        sealer = Sealer(os.urandom(KEY_BYTES))
        sealed, _ = sealer.seal(self.texts, list(map(fold, self.texts)), Match.FOLDED)
        for start in range(0, len(sealed), STEP_CODES):
            step: _Rows = {_CODE: [], _KEY: [], _STATE: []}
            for ordinal, item in enumerate(sealed[start : start + STEP_CODES], start):
                state = self.states[ordinal]
                step[_CODE].append((1, number, ordinal, item.code_key, item.sealed, None))
                step[_KEY].append((1, item.code_key[:IV_BYTES], number, ordinal))
                if state.used_user_id:
                    step[_STATE].append((1, number, ordinal, state.status, state.used_user_id, state.used_at, 1, 1))
            yield step


def _import(server: Server, number: int, codes: Codes) -> tuple[float, float]:
    """Import codes; return the seconds of processor time, and those of the clock."""
    namespace = f"moving-{number}"

    def requests() -> Iterator[pb.ImportSerialKeysRequest]:
        for start in range(0, len(codes.texts), MESSAGE_CODES):
            end = start + MESSAGE_CODES
            request = pb.ImportSerialKeysRequest(namespace_name=namespace, campaign_model_name=CAMPAIGN)
            request.codes.extend(codes.texts[start:end])
            request.states.extend(codes.states[start:end])
            request.last = end >= len(codes.texts)
            yield request

    with AdminClient(server, namespace) as administrator, machine.on_core(machine.LOAD_CORE):
        administrator.prepare()
        before, began = server.cpu_seconds() + server.database_cpu_seconds(), time.perf_counter()
        found = administrator.call("ImportSerialKeys", requests(), deadline_seconds=3600)
        seconds = time.perf_counter() - began
        took = server.cpu_seconds() + server.database_cpu_seconds() - before
    assert found.imported_count == len(codes.texts), f"{found.imported_count} codes imported"
    server.wait_until_idle()
    return took, seconds


def _into_sqlite(path: Path, steps: Sequence[_Rows]) -> float:
    """Insert rows into the embedded database; return the seconds of processor time."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        before = time.process_time()
        for step in steps:
            connection.execute("BEGIN IMMEDIATE")
            for (table, columns), rows in step.items():
                marks = ", ".join("?" * len(columns))
                connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
            connection.execute("COMMIT")
        return time.process_time() - before


def _sqlite_schema(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for migration in load():
            for statement in migration.statements():
                connection.execute(statement)


async def _into_postgres(url: str, cluster: database.Database, steps: Sequence[_Rows], *, copy: bool) -> float:
    """Insert rows into PostgreSQL, by COPY in one transaction or by INSERT in steps; return the same."""
    connection = await asyncpg.connect(url)
    before = time.process_time() + cluster.cpu_seconds()
    if copy:
        async with connection.transaction():
            for name, names in steps[0]:
                merged = [row for step in steps for row in step[name, names]]
                await connection.copy_records_to_table(name, records=merged, columns=names)
    else:
        for step in steps:
            async with connection.transaction():
                for (table, columns), rows in step.items():
                    await connection.execute(_insert(table, columns), *map(list, zip(*rows, strict=True)))
    await connection.close()
    return time.process_time() + cluster.cpu_seconds() - before


def _insert(table: str, columns: Sequence[str]) -> str:
    values = ", ".join(f"${n}::{_TYPES.get(name, 'bigint')}[]" for n, name in enumerate(columns, 1))
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({values})"


Bare = Callable[[int, list[_Rows]], float]


def _measure(server: Server, bare: dict[str, Bare], *, count: int, rounds: int, used: float) -> None:
    found: dict[str, list[float]] = {name: [] for name in (IMPORT, *bare)}
    for number in range(rounds):
        codes = Codes.made(number, count, used)
        took, seconds = _import(server, number, codes)
        found[IMPORT].append(took / count * 1e6)
        for place, (name, insert) in enumerate(bare.items()):
            campaign = 10 * number + place
            with machine.on_core(machine.SERVER_CORE):
                found[name].append(insert(campaign, list(codes.rows(campaign))) / count * 1e6)
        print(f"round {number + 1}: {seconds:.0f} s, us of CPU a code:", {k: round(v[-1], 1) for k, v in found.items()})
    middle = {name: statistics.median(values) for name, values in found.items()}
    for name in bare:
        print(f"  import / {name}: {middle[IMPORT] / middle[name]:.2f}")


def embedded(folder: Path, **size: float) -> None:
    """Measure the embedded database."""
    path = folder / "bare.db"
    with servers.running(servers.redeemd(folder / "data"), folder / "data") as server:
        _sqlite_schema(path)

        def insert(campaign: int, steps: list[_Rows], *, whole: bool) -> float:
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute(_BATCH.format(campaign, size["count"]))
            merged = {table: [row for step in steps for row in step[table]] for table in steps[0]}
            return _into_sqlite(path, [merged] if whole else steps)

        bare: dict[str, Bare] = {STEPS: partial(insert, whole=False), WHOLE: partial(insert, whole=True)}
        _measure(server, bare, **size)  # type: ignore[arg-type]


def on_postgres(folder: Path, **size: float) -> None:
    """Measure PostgreSQL."""
    from support import postgres  # noqa: PLC0415 -- starts nothing, but is not needed where this is not measured

    with ExitStack() as stack:
        cluster = stack.enter_context(database.running(folder / "cluster"))
        flags = cluster.create_for_redeemd(folder / "data")
        command = [*servers.redeemd(folder / "data"), *flags]
        server = stack.enter_context(servers.running(command, folder / "data", cluster))
        url = cluster.create("bare")
        asyncio.run(postgres.migrated(url))

        def insert(campaign: int, steps: list[_Rows], *, copy: bool) -> float:
            cluster.server.sql(_BATCH.format(campaign, size["count"]), database="bare")
            work: Awaitable[float] = _into_postgres(url, cluster, steps, copy=copy)
            return asyncio.run(work)  # type: ignore[arg-type]

        bare: dict[str, Bare] = {STEPS: partial(insert, copy=False), WHOLE: partial(insert, copy=True)}
        _measure(server, bare, **size)  # type: ignore[arg-type]


def main() -> None:
    """Measure both, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--used", type=float, default=1.0, help="the share of codes that are used")
    arguments = parser.parse_args()
    folder = machine.WORK / "moving_in"
    for name, way in (("embedded", embedded), ("PostgreSQL", on_postgres)):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        print(name)
        way(folder, **vars(arguments))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
