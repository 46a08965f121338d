"""The final report: one table on the terminal, the same in REPORT.md."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from bench import batches, capped, issuing, purge, targets
from bench import door as by_door
from bench import surroundings as around
from bench.compare import (
    BASELINE,
    DELIVERED,
    ECHO,
    ENCRYPTED,
    EXCHANGE,
    HOT_COUNTER,
    MANY_COUNTERS,
    REDEEMD,
    SILENT,
    SILENT_EXCHANGE,
    UNSAMPLED,
    Rounds,
    Size,
    middle,
)
from bench.generator import Figures
from bench.growth import SMALL_ISSUED, Growth
from bench.growth import Size as GrowthSize
from bench.issuing import Issuing, Listing
from bench.peers import table as peers_table
from bench.peers.run import Peers
from bench.postgres_target import RoundTrips
from bench.section import Section
from bench.stalls import table
from bench.stalls.run import Stalls
from bench.transfer import Transfer
from bench.workloads import EXCHANGING_PLAYERS


@dataclass(frozen=True, slots=True)
class Results:
    """All that was measured; None, or nothing, for what was not."""

    machine: dict[str, str]
    size: Size
    growth_size: GrowthSize
    rounds: Rounds = field(default_factory=dict)
    round_trips: tuple[RoundTrips, RoundTrips] | None = None
    issuing: tuple[Issuing, Listing] | None = None
    growth: Growth | None = None
    surroundings: Sequence[around.Surrounding] = ()
    purges: Sequence[purge.Purge] = ()
    transfer: Transfer | None = None
    stalls: Stalls | None = None
    micro: dict[str, float] = field(default_factory=dict)
    peers: Peers | None = None
    batched: batches.Batches | None = None
    campaigns: capped.Capped | None = None
    door: by_door.Door | None = None


def sections(results: Results) -> list[Section]:
    """Return the tables."""
    found = [Section("Targets", ("what", "measured", "target", ""), _targets(results))]
    if results.rounds:
        found += [_use(results.rounds, results.size, results.round_trips), _exchange(results.rounds, results.size)]
    found += _on_postgres(results)
    if results.batched is not None:
        shown = batches.rows(results.batched), batches.note(results.batched)
        found.append(Section("Batches and streams", batches.COLUMNS, *shown))
    if results.door is not None:
        found.append(Section("The JSON door", by_door.COLUMNS, by_door.rows(results.door), by_door.note(results.door)))
    if results.growth is not None:
        found += [_growth(results.growth, results.growth_size), Section(*around.table(results.surroundings))]
    if results.purges:
        found.append(Section(*purge.table(results.purges)))
    if results.issuing is not None:
        found.append(issuing.table(*results.issuing))
    if results.transfer is not None:
        found.append(_transfer(results.transfer))
    if results.stalls is not None:
        found += _stalls(results.stalls)
    found.append(_micro(results.micro))
    return [section for section in found if section.rows]


def _on_postgres(results: Results) -> list[Section]:
    found = [] if results.peers is None else peers_table.sections(results.peers)
    return found if results.campaigns is None else [*found, capped.table(results.campaigns)]


def _targets(results: Results) -> list[targets.Row]:
    rows = targets.of_calls(results.rounds)
    if results.round_trips is not None:
        rows += targets.of_round_trips(results.round_trips[0])
    if results.peers is not None:
        rows += targets.of_peers(results.peers)
    if results.campaigns is not None:
        rows += targets.of_capped(results.campaigns)
    if results.batched is not None:
        rows += targets.of_batches(results.batched)
    if results.door is not None:
        rows += targets.of_door(results.door)
    if results.growth is not None:
        rows += targets.of_growth(results.growth) + targets.of_surroundings(results.surroundings)
    if results.issuing is not None:
        rows += targets.of_issuing(*results.issuing)
    if results.transfer is not None:
        rows += targets.of_transfer(results.transfer)
    if results.stalls is not None:
        rows += targets.of_stalls(results.stalls)
    return rows


def _use(rounds: Rounds, size: Size, round_trips: tuple[RoundTrips, RoundTrips] | None) -> Section:
    names = {
        ECHO: "bare grpc.aio echo: parse and serialise",
        REDEEMD: "redeemd",
        SILENT: "redeemd that writes no events",
        ENCRYPTED: "redeemd over TLS, on kept connections",
        UNSAMPLED: "redeemd that exports spans; the calls belong to a trace that is not sampled",
        BASELINE: "redeemd with a conventional store",
    }
    note = (
        f"Medians of {size.rounds} interleaved rounds of {size.calls:,} calls ({size.baseline_calls:,} for the "
        "conventional store), 16 connections x 16 calls in flight, each request with another code, 128 players. CPU is "
        "all threads of the server, user and system; in brackets the least and the most of the rounds. Latency is that "
        "of a saturated server: mostly waiting."
    )
    if round_trips is not None:
        alone, keyed = round_trips
        note += (
            f" On PostgreSQL a lone Use is {alone.statements} statement in {alone.round_trips} round trip; with an "
            f"idempotency key {keyed.statements} statements and BEGIN and COMMIT, in {keyed.round_trips} round trips."
        )
    return Section("Use", ("server", *_CALL_COLUMNS), _call_rows(rounds, names), note)


def _exchange(rounds: Rounds, size: Size) -> Section:
    names = {
        EXCHANGE: "Exchange: verify a counter, count up, use a code, count down",
        SILENT_EXCHANGE: "the same by a server that writes no events",
        DELIVERED: "the same with a reward that is delivered to a handler, in batches, until all are",
        HOT_COUNTER: "CountUpByUserId, one counter that everybody hits",
        MANY_COUNTERS: "CountUpByUserId, each call another player",
    }
    note = (
        f"Measured in the same rounds as Use, {size.calls:,} calls each; x echo is against that of Use. An exchange is "
        f"one atomic transaction of four actions, called by {EXCHANGING_PLAYERS:,} players, every request another "
        f"code. The hot counter gets the same request each time; the many are those of {size.calls:,} players, who "
        "come back in every round, not in the order of their ids."
    )
    return Section("Exchange and counters", ("call", *_CALL_COLUMNS), _call_rows(rounds, names), note)


_CALL_COLUMNS = ("CPU us/call", "x echo", "calls/s", "p50 ms", "p99 ms")


def _call_rows(rounds: Rounds, names: dict[str, str]) -> list[tuple[str, ...]]:
    echo = middle(rounds[ECHO]).cpu_us
    return [_row(text, rounds[name], echo) for name, text in names.items() if name in rounds]


def _row(name: str, figures: list[Figures], base: float) -> tuple[str, ...]:
    mid = middle(figures)
    cpus = [each.cpu_us for each in figures]
    return (
        name,
        f"{mid.cpu_us:.0f} ({min(cpus):.0f} to {max(cpus):.0f})",
        f"{mid.cpu_us / base:.2f}",
        f"{mid.calls_per_second:,.0f}",
        f"{mid.p50_ms:.0f}",
        f"{mid.p99_ms:.0f}",
    )


def _growth(growth: Growth, size: GrowthSize) -> Section:
    base = middle(growth.small).cpu_us
    rows = [_row(f"{SMALL_ISSUED:,} codes issued, none used", growth.small, base)]
    rows.append(_row(f"{size.issued:,} codes issued, {size.used:,} used", growth.large, base))
    note = (
        f"Medians of {size.stretches} alternating stretches of {SMALL_ISSUED:,} calls, of a new namespace and of codes "
        "drawn at random from all batches of the large database, whose used codes were written while it was stopped."
    )
    return Section("Growth", ("database", "CPU us/call", "x small", "calls/s", "p50 ms", "p99 ms"), rows, note)


def _transfer(transfer: Transfer) -> Section:
    rows = [
        (
            name,
            f"{transfer.count / export.codes_per_second:.2f} s",
            f"{export.codes_per_second:,.0f}",
            f"{export.memory_mib:.0f}",
        )
        for name, export in transfer.exports.items()
    ]
    for name, seconds, memory in (
        ("ImportSerialKeys (gRPC, Python client)", transfer.import_seconds, f"{transfer.import_memory_mib:.0f}"),
        ("bare insert of its rows, steps of the same size", transfer.bare_seconds, ""),
        ("bare insert of its rows, one transaction", transfer.bare_whole_seconds, ""),
    ):
        rows.append(_transfer_row(name, transfer.count, seconds, memory))
    alone, meanwhile = transfer.use_ms, transfer.use_during_import_ms
    note = (
        f"{transfer.count:,} codes; medians. MiB: by how much the most memory that the server ever had rose. A player "
        f"who uses codes one after the other waits {alone[0]:.1f} ms (at most {alone[1]:.0f}) when nobody else is "
        f"there, and {meanwhile[0]:.1f} ms (at most {meanwhile[1]:.0f}) during the imports."
    )
    return Section("Codes out and in", ("what", "time", "codes/s", "MiB more"), rows, note)


def _transfer_row(name: str, count: int, seconds: float, memory: str) -> tuple[str, str, str, str]:
    return name, f"{seconds:.2f} s", f"{count / seconds:,.0f}", memory


def _stalls(stalls: Stalls) -> list[Section]:
    longest, largest = table.rows(stalls.longest()), table.rows(stalls.largest())
    return [
        Section("Longest stalls", table.COLUMNS, longest, table.note(stalls)),
        Section("Requests that need most memory", table.COLUMNS, largest, "The same requests, in another order."),
    ]


def _micro(micro: dict[str, float]) -> Section:
    rows = [(what, f"{cost:.2f}") for what, cost in micro.items()]
    return Section("Parts of a call", ("what", "CPU us"), rows, "Each by itself, in a loop: caches are warm.")


def show(results: Results, console: Console) -> None:
    """Print the tables."""
    for section in sections(results):
        table = Table(title=section.title, title_justify="left", caption=section.note, caption_justify="left")
        for number, column in enumerate(section.columns):
            table.add_column(column, justify="right" if number else "left")
        for row in section.rows:
            table.add_row(*row)
        console.print(table)
        console.print()


def markdown(results: Results, *, remark: str) -> str:
    """Write the report; the remark, if any, precedes all figures."""
    parts = [_INTRODUCTION.strip()]
    if remark:
        parts.append(f"**{remark}**")
    for section in sections(results):
        head = f"| {' | '.join(section.columns)} |\n|{'---|' * len(section.columns)}"
        body = "\n".join(f"| {' | '.join(row)} |" for row in section.rows)
        parts.append(f"## {section.title}\n\n{head}\n{body}")
        if section.plot:
            name, text = section.plot
            parts.append(f"![{text}](pictures/{name})")
        if section.note:
            parts.append(section.note)
    machine = "\n".join(f"* {name}: {value}" for name, value in results.machine.items())
    parts += [f"## Machine\n\n{machine}", _REPEAT.strip()]
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """
# Benchmarks

Written by `make bench`. Absolute figures belong to one machine; the ratios, taken in one run on one machine, are what
counts, and of them those of CPU per call: they bear a noisy neighbour better than calls per second do.

What is compared with `Use` of a stock redeemd (access tokens, validation, metrics, request log and `synchronous=FULL`
all on; `Exchange` and `CountUp` are measured on such servers, too):

* **echo**: a bare grpc.aio server with 140 methods on uvloop that parses the same requests and serialises the same
  reply, and does nothing else. What is above it is redeemd's own.
* **peers**: a service that a Go team would write instead, on PostgreSQL and on SQLite; `bench/peers/go/README.md` says
  what it does and does not. In these tables the CPU of the database counts.
* **conventional store**: redeemd with its store replaced by a conventional one: an aiosqlite connection, a lock, and
  BEGIN IMMEDIATE, each statement, COMMIT awaited one after the other. What is above redeemd is what group commit saves.

Requests come from a Go program (`bench/load`) that sends bodies serialised beforehand, each exactly once. A run with
less than 99.9 % OK responses is void and fails.
"""

_REPEAT = """
## Repeat it

`make bench` (needs Linux, Go and a C compiler; leave the machine alone for as long as it took above).
`.venv/bin/python -m bench.run --quick` tries it out in about a minute, without the peers; `--only exchange counters`
measures these alone, with the echo and Use; `--only peers` takes six minutes, and some more the first time. All write
their report to `bench/.work/REPORT.md`. After a run that broke off, `--continue` measures the rest.
"""
