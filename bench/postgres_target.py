"""The statements and round trips of a Use on PostgreSQL, that of the tests."""

import asyncio
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import machine, servers, statement_counter_postgres
from bench.admin_client import AdminClient, use_request

sys.path.append(str(machine.ROOT / "tests"))  # where it is

_CALLS = 20


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """The cost of a call to the database: statements and round trips; BEGIN and COMMIT are a round trip each."""

    statements: int
    round_trips: int


def command(data: Path, module: str = "redeemd") -> list[str]:
    """Return the command that serves a new database; its master key and first key are in the folder."""
    from support import postgres  # noqa: PLC0415 -- starts nothing, but is not needed where this is not measured

    with machine.on_core(machine.LOAD_CORE):
        settings: dict[str, Any] = asyncio.run(postgres.settings_for(data))
    flags = ["--database", settings["database"], "--master-key-file", str(settings["master_key_file"])]
    return [*servers.redeemd(data, module), *flags]


def count(data: Path) -> tuple[RoundTrips, RoundTrips]:
    """Count the statements and round trips of a Use, without an idempotency key and with one."""
    arguments = command(data, "bench.statement_counter_postgres")
    stderr = data / "server.err"
    with servers.running(arguments, data) as server, AdminClient(server) as administrator:
        administrator.prepare()
        codes = administrator.new_codes(2 * _CALLS + 2)
        token = administrator.login_players(1)[0]
        found = []
        for keyed in (False, True):
            _use(administrator, codes.pop(), token, keyed=keyed)  # reads what is kept in memory from then on
            calls = []
            for _ in range(_CALLS):
                before = len(statement_counter_postgres.read(stderr))
                _use(administrator, codes.pop(), token, keyed=keyed)
                calls.append(statement_counter_postgres.read(stderr)[before:])
            found.append(_median(calls))
    return found[0], found[1]


def _median(calls: list[list[str]]) -> RoundTrips:
    """Return the median, because a few calls coincide with statements of the server's housekeeping."""
    work = [sum(word not in {"BEGIN", "COMMIT"} for word in words) for words in calls]
    return RoundTrips(statistics.median_low(work), statistics.median_low(map(len, calls)))


def _use(administrator: AdminClient, code: str, token: str, *, keyed: bool) -> None:
    request = use_request(code, token)
    if keyed:
        request.duplication_avoider = f"key-{code}"
    administrator.call("Use", request)
