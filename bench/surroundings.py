"""Does what surrounds redeeming get slower with the size of a database? Used codes, counters, imports, namespaces.

A large database and one of a tenth of it. Each player has two used codes and a counter. Most rows are written into the
stopped databases, in the shape that the calls give them. Each round makes the same calls to both servers, one after the
other.
"""

import contextlib
import sqlite3
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as pb

from bench import growth, servers
from bench.admin_client import CAMPAIGN, ISSUE_MAX, NAMESPACE, AdminClient
from bench.compare import Progress
from bench.servers import Server

_PIECE = 1_000  # codes in a message of an import
_PAGE = 20  # imported codes
_CLEANED = 20  # players of a round

_USED = """
WITH RECURSIVE used (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM used WHERE number + 1 < :used)
INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision)
SELECT c.namespace_id, c.number, u.number * :step, 2, printf('player-%07d', u.number % (:used / 2)), c.updated_at,
       c.updated_at, 1
  FROM used u, campaign c WHERE c.name = :campaign
"""
_COUNTERS = """
WITH RECURSIVE made (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM made WHERE number + 1 < :counters)
INSERT INTO counter (namespace_id, user_id, limit_name, name, count, schedule, created_at, updated_at, revision)
SELECT n.namespace_id, printf('player-%07d', m.number), 'daily', 'counter', 1, 'not_reset/', n.created_at,
       n.created_at, 1
  FROM made m, namespace n WHERE n.service = 'limit'
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a database is; a batch has 100,000 codes."""

    batches: int
    used: int
    counters: int
    imported: int
    namespaces: int
    calls: int = 100  # of each kind in a round
    rounds: int = 5

    @property
    def issued(self) -> int:
        """How many codes it has issued."""
        return self.batches * ISSUE_MAX

    @property
    def tenth(self) -> "Size":
        """The size of the small one."""
        return replace(
            self,
            batches=self.batches // 10,
            used=self.used // 10,
            counters=self.counters // 10,
            imported=self.imported // 10,
            namespaces=self.namespaces // 10,
        )


@dataclass(frozen=True, slots=True)
class Surrounding:
    """The processor time of the server for a kind of call, in microseconds."""

    name: str
    small_us: float
    large_us: float


class _Database:
    """A filled database and its server."""

    def __init__(self, data: Path, size: Size, stack: ExitStack) -> None:
        self.size = size
        _fill(data, size)
        self._unused = growth.unused(data, issued=size.issued, step=size.issued // size.used)
        self.server: Server = stack.enter_context(servers.running(servers.redeemd(data), data))
        self._administrator = stack.enter_context(AdminClient(self.server))
        self._import = _bring(self._administrator, size.imported)
        self._players = iter(range(size.counters // 3, size.counters))

    def calls(self) -> Mapping[str, Callable[[], object]]:
        """Return the kinds of calls."""
        of_campaign = {"namespace_name": NAMESPACE, "campaign_model_name": CAMPAIGN}
        call = self._administrator.call
        return {
            "Use": lambda: call(
                "UseByUserId",
                pb.UseByUserIdRequest(namespace_name=NAMESPACE, user_id=self._player(), code=next(self._unused)),
            ),
            "DescribeRedemptions of a player": lambda: call(
                "DescribeRedemptions", pb.DescribeRedemptionsRequest(namespace_name=NAMESPACE, user_id=self._player())
            ),
            "a page of imported codes": lambda: call(
                "DescribeSerialKeys",
                pb.DescribeSerialKeysRequest(**of_campaign, issue_job_name=self._import, limit=_PAGE),
            ),
            "GetSerialKey": lambda: call(
                "GetSerialKey", pb.GetSerialKeyRequest(namespace_name=NAMESPACE, code=next(self._unused))
            ),
            "GetCampaignStatus": lambda: call("GetCampaignStatus", pb.GetCampaignStatusRequest(**of_campaign)),
        }

    def _player(self) -> str:
        return f"player-{next(self._players):07}"

    def cost(self, call: Callable[[], object]) -> float:
        """Return the processor time of a call."""
        before = self.server.cpu_seconds()
        for _ in range(self.size.calls):
            call()
        return (self.server.cpu_seconds() - before) / self.size.calls * 1e6

    def cost_of_cleaning(self) -> float:
        """Return the processor time to clean the data of a player in two services, housekeeping included."""
        self.server.wait_until_idle()
        before = self.server.cpu_seconds()
        for _ in range(_CLEANED):
            player = self._player()
            clean = "CleanUserDataByUserId"
            self._administrator.call(clean, pb.CleanUserDataByUserIdRequest(user_id=player))
            self._administrator.call_limit(clean, limit_pb.CleanUserDataByUserIdRequest(user_id=player))
        self.server.wait_until_idle()
        return (self.server.cpu_seconds() - before) / _CLEANED * 1e6


def run(folder: Path, size: Size, progress: Progress) -> list[Surrounding]:
    """Build both databases and measure."""
    with ExitStack() as stack:
        progress(f"issuing {size.issued:,} codes, {size.used:,} of them used, and a tenth of it")
        databases = [_Database(folder / str(each.batches), each, stack) for each in (size.tenth, size)]
        found: dict[str, tuple[list[float], list[float]]] = {}
        for number in range(size.rounds + 1):  # the first one warms up
            progress(f"round {number} of what surrounds redeeming")
            for place, database in enumerate(databases):
                costs = {name: database.cost(call) for name, call in database.calls().items()}
                costs["CleanUserData of a player"] = database.cost_of_cleaning()
                for name, cost in costs.items() if number else ():
                    found.setdefault(name, ([], []))[place].append(cost)
    return [Surrounding(name, *map(statistics.median, costs)) for name, costs in found.items()]


def table(found: Sequence[Surrounding]) -> tuple[str, Sequence[str], Sequence[Sequence[str]], str]:
    """Return the title, the columns, the rows and the note of the table in the report."""
    rows = [
        (each.name, f"{each.small_us:,.0f}", f"{each.large_us:,.0f}", f"{each.large_us / each.small_us:.2f}")
        for each in found
    ]
    note = "One call at a time; medians of alternating rounds. Cleaning includes the housekeeping that it causes."
    return "Growth of what surrounds Use", ("call", "a tenth, CPU us", "large, CPU us", "x"), rows, note


def _fill(data: Path, size: Size) -> None:
    with servers.running(servers.redeemd(data), data) as server, AdminClient(server) as administrator:
        administrator.prepare()
        administrator.call_limit("CreateNamespace", limit_pb.CreateNamespaceRequest(name=NAMESPACE))
        for number in range(size.namespaces):
            administrator.call("CreateNamespace", pb.CreateNamespaceRequest(name=f"other-{number}"))
        for _ in range(size.batches):
            administrator.issue(ISSUE_MAX)
    use(data, used=size.used, step=size.issued // size.used)
    with contextlib.closing(sqlite3.connect(data / "redeemd.db")) as connection, connection:
        connection.execute(_COUNTERS, {"counters": size.counters})


def use(data: Path, *, used: int, step: int) -> None:
    """Use every step-th code in a stopped database, two for each player."""
    with contextlib.closing(sqlite3.connect(data / "redeemd.db")) as connection, connection:
        connection.execute(_USED, {"used": used, "step": step, "campaign": CAMPAIGN})


def _bring(administrator: AdminClient, count: int) -> str:
    """Import codes; return the name of their batch."""

    def requests() -> Iterator[pb.ImportSerialKeysRequest]:
        for start in range(0, count, _PIECE):
            yield pb.ImportSerialKeysRequest(
                namespace_name=NAMESPACE,
                campaign_model_name=CAMPAIGN,
                codes=[f"brought-{number:08}" for number in range(start, start + _PIECE)],
                last=start + _PIECE >= count,
            )

    name: str = administrator.call("ImportSerialKeys", requests()).item.name
    return name
