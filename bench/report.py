"""What is told at the end: one table on the terminal, the same in REPORT.md."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from bench.compare import ECHO, ORDINARY, REDEEMD, Size, middle
from bench.generator import Figures
from bench.growth import SMALL_ISSUED, Growth
from bench.growth import Size as GrowthSize
from bench.issuing import FEW, MANY, Issuing, Listing
from bench.transfer import Transfer

ECHO_RATIO_MAX = 1.7
ORDINARY_RATIO_MAX = 0.6
LISTING_MIN = 40_000
GROWTH_MAX = 1.25
STATEMENTS_MAX = 3
ROWS_MAX = 1
ISSUE_RATIO_MAX = 1.25  # "independent of the number", with room for noise
EXPORT_MIN = 200_000
EXPORT_MIB_MAX = 64  # "flat": a million codes are 27 MB as CSV, and several times that as Python's strings
IMPORT_RATIO_MAX = 2.0


@dataclass(frozen=True, slots=True)
class Results:
    """All that was measured."""

    machine: dict[str, str]
    size: Size
    growth_size: GrowthSize
    rounds: dict[str, list[Figures]]
    issuing: Issuing
    listing: Listing
    growth: Growth
    transfer: Transfer
    micro: dict[str, float]


@dataclass(frozen=True, slots=True)
class Section:
    """One table."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def sections(results: Results) -> list[Section]:
    """Answer the tables."""
    return [_targets(results), _use(results), _growth(results), _issuing(results), _transfer(results), _micro(results)]


def _targets(results: Results) -> Section:
    cpu = {name: middle(figures).cpu_us for name, figures in results.rounds.items()}
    issuing = results.issuing
    rows = [
        _at_most("CPU of Use / CPU of the bare echo", cpu[REDEEMD] / cpu[ECHO], ECHO_RATIO_MAX),
        _at_most("CPU of Use / CPU of the ordinary way", cpu[REDEEMD] / cpu[ORDINARY], ORDINARY_RATIO_MAX),
        _at_most("CPU of Use, large database / small one", growth_ratio(results.growth), GROWTH_MAX),
        _at_most(f"time to issue {MANY:,} codes / to issue {FEW}", issuing.many_ms / issuing.few_ms, ISSUE_RATIO_MAX),
        _at_most(f"statements of an Issue of {MANY:,}", issuing.statements, STATEMENTS_MAX),
        _at_most(f"new rows of an Issue of {MANY:,}", issuing.new_rows, ROWS_MAX),
        (
            "codes listed a second",
            f"{results.listing.codes_per_second:,.0f}",
            f"at least {LISTING_MIN:,}",
            _met(results.listing.codes_per_second >= LISTING_MIN),
        ),
        *_transfer_targets(results.transfer),
    ]
    return Section("Targets", ("what", "measured", "target", ""), rows)


def growth_ratio(growth: Growth) -> float:
    """Answer by how much the CPU of a call grows."""
    return middle(growth.large).cpu_us / middle(growth.small).cpu_us


def _at_most(what: str, value: float, limit: float) -> tuple[str, str, str, str]:
    shown = str(value) if isinstance(value, int) else f"{value:.2f}"
    return what, shown, f"at most {limit}", _met(value <= limit)


def _met(met: bool) -> str:
    return "met" if met else "MISSED"


def _use(results: Results) -> Section:
    names = {
        ECHO: "bare grpc.aio echo: parse and serialise",
        REDEEMD: "redeemd",
        ORDINARY: "redeemd over a store written the ordinary way",
    }
    echo = middle(results.rounds[ECHO]).cpu_us
    rows = [_row(names[name], figures, echo) for name, figures in results.rounds.items()]
    size = results.size
    note = (
        f"Medians of {size.rounds} interleaved rounds of {size.calls:,} calls ({size.ordinary_calls:,} for the "
        "ordinary way), 16 connections x 16 calls under way, every request another code, 128 players. CPU is all "
        "threads of the server, user and system; in brackets the least and the most of the rounds. Latency is that "
        "of a saturated server: mostly waiting."
    )
    return Section("Use", ("server", "CPU us/call", "x echo", "calls/s", "p50 ms", "p99 ms"), rows, note)


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


def _growth(results: Results) -> Section:
    growth, size = results.growth, results.growth_size
    base = middle(growth.small).cpu_us
    rows = [
        _row(f"{SMALL_ISSUED:,} codes issued, none used", growth.small, base),
        _row(f"{size.issued:,} codes issued, {size.used:,} used", growth.large, base),
    ]
    note = (
        f"Medians of {size.stretches} alternating stretches of {SMALL_ISSUED:,} calls. The small database's namespace "
        "is deleted and made anew before each stretch; the large one's used codes were written into the stopped "
        "database, and the codes to use are drawn at random from all batches."
    )
    return Section("Growth", ("database", "CPU us/call", "x small", "calls/s", "p50 ms", "p99 ms"), rows, note)


def _issuing(results: Results) -> Section:
    issuing, listing = results.issuing, results.listing
    rows = [
        (f"issue {FEW} codes", f"{issuing.few_ms:.2f} ms", f"{issuing.few_cpu_us:.0f} us"),
        (f"issue {MANY:,} codes", f"{issuing.many_ms:.2f} ms", f"{issuing.many_cpu_us:.0f} us"),
        (
            f"list {MANY:,} codes, 1,000 a page",
            f"{MANY / listing.codes_per_second:.2f} s",
            f"{listing.cpu_us_per_code:.2f} us a code",
        ),
    ]
    note = (
        f"One call at a time, from the Python client; medians. An Issue of {MANY:,} without an idempotency key runs "
        f"{issuing.statements} statements and adds {issuing.new_rows} row, counted over all tables."
    )
    return Section("Issuing and listing", ("what", "time", "CPU of the server"), rows, note)


def _transfer_targets(transfer: Transfer) -> list[tuple[str, str, str, str]]:
    slowest = min(export.codes_per_second for export in transfer.exports.values())
    return [
        (
            "codes exported a second, the slowest way",
            f"{slowest:,.0f}",
            f"at least {EXPORT_MIN:,}",
            _met(slowest >= EXPORT_MIN),
        ),
        _at_most(
            f"MiB of memory more for {transfer.count:,} codes",
            round(max(export.memory_mib for export in transfer.exports.values())),
            EXPORT_MIB_MAX,
        ),
        _at_most(
            "time of an import / of the bare insert", transfer.import_seconds / transfer.bare_seconds, IMPORT_RATIO_MAX
        ),
    ]


def _transfer(results: Results) -> Section:
    transfer = results.transfer
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


def _transfer_row(name: str, count: int, seconds: float, memory: str) -> tuple[str, ...]:
    return name, f"{seconds:.2f} s", f"{count / seconds:,.0f}", memory


def _micro(results: Results) -> Section:
    rows = [(what, f"{cost:.2f}") for what, cost in results.micro.items()]
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


def markdown(results: Results, *, quick: bool) -> str:
    """Write the report."""
    parts = [_INTRODUCTION.strip()]
    if quick:
        parts.append("**Made by a quick run: one round, few calls. Do not quote it.**")
    for section in sections(results):
        head = f"| {' | '.join(section.columns)} |\n|{'---|' * len(section.columns)}"
        body = "\n".join(f"| {' | '.join(row)} |" for row in section.rows)
        parts.append(f"## {section.title}\n\n{head}\n{body}")
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
all on):

* **echo**: a bare grpc.aio server with 140 methods on uvloop that parses the same requests and serialises the same
  reply, and does nothing else. What is above it is redeemd's own.
* **ordinary**: redeemd with its store replaced by the way one usually writes it: an aiosqlite connection, a lock, and
  BEGIN IMMEDIATE, each statement, COMMIT awaited one after the other. What is above redeemd is what group commit saves.

Requests come from a Go program (`bench/load`) that sends bodies serialised beforehand, each exactly once. A run with
under 99.9 % OK answers is void and fails.
"""

_REPEAT = """
## Repeat it

`make bench` (needs Linux and Go; a few minutes; leave the machine alone meanwhile). `.venv/bin/python -m bench.run
--quick` tries it out in under a minute and writes its report to `bench/.work/REPORT.md`.
"""
