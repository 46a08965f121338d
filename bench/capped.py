"""A campaign code with a total that everybody hits, against campaign codes without, on replicas and one PostgreSQL."""

import itertools
import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from redeem.serialkey.v1 import requests_pb2 as pb

from bench import database, generator, servers
from bench.admin_client import NAMESPACE, AdminClient
from bench.compare import Progress, Rounds, middle
from bench.generator import Figures
from bench.section import Section
from bench.servers import Server

REPLICAS = 3
RATIO_MIN = 0.5

UNLIMITED, PER_USER, TOTAL, BOTH, SOLD_OUT = "UNLIMITED", "PER-USER", "TOTAL", "BOTH", "SOLD-OUT"
# What the code with a total is compared with; each pair differs in nothing else.
PAIRS = ((BOTH, PER_USER), (TOTAL, UNLIMITED))

_ENOUGH = 10**9  # more uses than a run can make
_LIMITS: dict[str, dict[str, int]] = {
    UNLIMITED: {},
    PER_USER: {"usesPerUser": 1},
    TOTAL: {"usesTotal": _ENOUGH},
    BOTH: {"usesPerUser": 1, "usesTotal": _ENOUGH},
}
_TEXTS = {
    UNLIMITED: "without limits: nothing is recorded but an event",
    PER_USER: "usesPerUser",
    TOTAL: "usesTotal",
    BOTH: "usesPerUser and usesTotal",
    SOLD_OUT: "usesTotal, all uses gone: each call is refused",
}
_METHOD = "/redeem.serialkey.v1.SerialKeyService/UseByUserId"
_CONNECTIONS, _CALLS_EACH = 5 * REPLICAS, 64
_SEED = 20260101
_COLUMNS = ("campaign", "calls/s", "replicas us", "database us", "together us", "p99 ms")


@dataclass(frozen=True, slots=True)
class Capped:
    """The figures of every round by campaign, and how exact a total was."""

    rounds: Rounds
    calls: int  # of each campaign in a round
    total: int  # of a campaign that got more calls than that
    used: int  # and how many of them were redeemed

    def speed(self, capped: str, base: str) -> float:
        """Return the calls per second of one campaign by those of another."""
        return middle(self.rounds[capped]).calls_per_second / middle(self.rounds[base]).calls_per_second

    def cpu(self, capped: str, base: str) -> float:
        """Return the processor time of a call of one campaign by that of another, the database's included."""
        return middle(self.rounds[capped]).together_us / middle(self.rounds[base]).together_us


def run(folder: Path, *, rounds: int, calls: int, progress: Progress) -> Capped:
    """Measure all campaigns in interleaved rounds, each call another player; then exceed a total."""
    with ExitStack() as stack:
        replicas, first = _start(stack, folder)
        total = calls // 2
        administrator = stack.enter_context(AdminClient(first))
        _put_in_force(administrator, total)
        crowd = _Crowd(replicas, f"authorization: {administrator.authorization}")
        measured: Rounds = {name: [] for name in _LIMITS}
        for number in range(rounds + 1):
            for name, found in measured.items():
                figures = crowd.use(name, calls)
                if number:  # the first round is to warm up
                    found.append(figures)
                    progress(f"round {number} of {rounds}, {_TEXTS[name]}: {figures.calls_per_second:,.0f} calls/s")
        exceeded = crowd.use(SOLD_OUT, calls, ok_share_min=0)
        used = round(exceeded.ok_share * calls)
        progress(f"{used:,} of {calls:,} calls redeemed a code that has {total:,} uses")
        measured[SOLD_OUT] = [crowd.use(SOLD_OUT, calls, ok_share_min=0) for _ in range(rounds)]
        used += sum(round(figures.ok_share * calls) for figures in measured[SOLD_OUT])
    return Capped(measured, calls, total, used)


def _start(stack: ExitStack, folder: Path) -> tuple[Server, Server]:
    """Start a cluster and replicas on it; return all of them as one, and the first, in whose folder the key is."""
    cluster = stack.enter_context(database.running(folder / "cluster"))
    folders = [folder / f"replica-{number}" for number in range(REPLICAS)]
    flags = cluster.create_for_redeemd(folders[0])
    running = [
        stack.enter_context(servers.running([*servers.redeemd(data), *flags], data, cluster)) for data in folders
    ]
    return servers.as_one(running), running[0]


def _put_in_force(administrator: AdminClient, total: int) -> None:
    administrator.call("CreateNamespace", pb.CreateNamespaceRequest(name=NAMESPACE))
    limits = {**_LIMITS, SOLD_OUT: {"usesTotal": total}}
    models = [{"name": name, "enableCampaignCode": True, **fields} for name, fields in limits.items()]
    settings = json.dumps({"version": "2022-09-13", "campaignModels": models})
    request = pb.UpdateCurrentCampaignMasterRequest(namespace_name=NAMESPACE, settings=settings)
    administrator.call("UpdateCurrentCampaignMaster", request)


def _players() -> Iterator[str]:
    """Return players that never come twice, and not in the order of their ids."""
    numbers = random.Random(_SEED)
    return (f"{numbers.getrandbits(64):016x}" for _ in itertools.count())


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Players who redeem campaign codes, each player each code once."""

    replicas: Server
    metadata: str
    _players: dict[str, Iterator[str]] = field(default_factory=lambda: {name: _players() for name in _TEXTS})

    def use(self, campaign: str, calls: int, ok_share_min: float = generator.OK_SHARE_MIN) -> Figures:
        """Use a campaign code so many times."""
        requests = (
            pb.UseByUserIdRequest(namespace_name=NAMESPACE, code=campaign, user_id=user_id)
            for user_id in itertools.islice(self._players[campaign], calls)
        )
        return generator.run(
            self.replicas,
            (request.SerializeToString() for request in requests),
            method=_METHOD,
            metadata=self.metadata,
            connections=_CONNECTIONS,
            calls_each=_CALLS_EACH,
            ok_share_min=ok_share_min,
        )


def table(capped: Capped) -> Section:
    """Return the table of the report."""
    rows = [_row(_TEXTS[name], middle(figures)) for name, figures in capped.rounds.items()]
    note = (
        f"Medians of {len(capped.rounds[BOTH])} interleaved rounds of {capped.calls:,} calls of UseByUserId, each of "
        f"another player, {_CONNECTIONS} connections x {_CALLS_EACH} calls in flight. {REPLICAS} replicas share one "
        "core with PostgreSQL, which runs with fsync, full_page_writes and synchronous_commit on. The CPU of a call "
        f"with a total is {capped.cpu(*PAIRS[0]):.2f} times that of the same limits without. Of more calls than a "
        f"campaign with {capped.total:,} uses has, {capped.used:,} redeemed its code."
    )
    return Section("A campaign code that everybody hits", _COLUMNS, rows, note)


def _row(text: str, mid: Figures) -> tuple[str, ...]:
    costs = (mid.cpu_us, mid.database_us, mid.together_us)
    return text, f"{mid.calls_per_second:,.0f}", *(f"{cost:.0f}" for cost in costs), f"{mid.p99_ms:.0f}"
