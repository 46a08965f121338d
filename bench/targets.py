"""The targets of the figures, and whether they are met."""

from collections.abc import Iterable

from bench import capped
from bench.batches import Batches, batch_name, stream_name
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
    middle,
)
from bench.door import Door
from bench.growth import Growth
from bench.issuing import FEW, MANY, Issuing, Listing
from bench.peers import table as peers_table
from bench.peers.run import Peers
from bench.postgres_target import RoundTrips
from bench.stalls.run import Stalls
from bench.surroundings import Surrounding
from bench.transfer import CSV_COMMAND, JSON_LINES_COMMAND, Transfer

ECHO_RATIO_MAX = 1.7
BASELINE_RATIO_MAX = 0.6
POSTGRES_STATEMENTS_MAX = 2
POSTGRES_ROUND_TRIPS_MAX = 1
TLS_RATIO_MAX = 1.1
UNSAMPLED_RATIO_MAX = 1.03
DOOR_RATIO_MAX = 1.6
EXCHANGE_RATIO_MAX = 2.5
EVENTS_RATIO_MAX = 1.2
COUNT_UP_RATIO_MAX = 2.0
HOT_SPEED_MIN = 0.95  # "no loss", with room for noise
LISTING_MIN = 40_000
GROWTH_MAX = 1.25
BATCH_OF_64_MIN = 7
BATCH_OF_1000_MIN = 13
STREAM_OF_64_MIN = 8
STATEMENTS_MAX = 3 + 1  # for its event
ROWS_MAX = 1 + 1  # likewise
ISSUE_RATIO_MAX = 1.25  # "independent of the number", with room for noise
EXPORT_MIN = 200_000
EXPORT_MIB_MAX = 64  # "flat": a million codes are 27 MB as CSV, and several times that as Python's strings
JSON_LINES_MIN = 800_000
JSON_LINES_RATIO_MAX = 1.25  # as fast as CSV, with room for noise
IMPORT_RATIO_MAX = 1.5
IMPORT_MIB_MAX = 96
STALL_MS_MAX = 50
REQUEST_MIB_MAX = 64

Row = tuple[str, str, str, str]  # what, measured, target, met or MISSED


def of_calls(rounds: Rounds) -> list[Row]:
    """Return those of calls that were compared; what was not measured is left out."""
    ratios = (
        ("CPU of Use / CPU of the bare echo", REDEEMD, ECHO, ECHO_RATIO_MAX),
        ("CPU of Use / CPU with a conventional store", REDEEMD, BASELINE, BASELINE_RATIO_MAX),
        ("CPU of Use / CPU of the same without events", REDEEMD, SILENT, EVENTS_RATIO_MAX),
        ("CPU of Use over TLS / CPU without", ENCRYPTED, REDEEMD, TLS_RATIO_MAX),
        ("CPU of Use in an unsampled trace / CPU without traces", UNSAMPLED, REDEEMD, UNSAMPLED_RATIO_MAX),
        ("CPU of an Exchange / CPU of the same without events", EXCHANGE, SILENT_EXCHANGE, EVENTS_RATIO_MAX),
        ("CPU of an Exchange, its reward delivered / CPU of one with its own", DELIVERED, EXCHANGE, EVENTS_RATIO_MAX),
        ("CPU of an Exchange of 4 actions / CPU of the bare echo", EXCHANGE, ECHO, EXCHANGE_RATIO_MAX),
        ("CPU of CountUp of one hot counter / CPU of the bare echo", HOT_COUNTER, ECHO, COUNT_UP_RATIO_MAX),
    )
    found = {name: middle(figures) for name, figures in rounds.items()}
    rows = [
        _at_most(what, found[name].cpu_us / found[base].cpu_us, limit)
        for what, name, base, limit in ratios
        if name in found and base in found
    ]
    if HOT_COUNTER in found:
        speed = found[HOT_COUNTER].calls_per_second / found[MANY_COUNTERS].calls_per_second
        rows.append(_at_least("calls/s of CountUp, one hot counter / many counters", speed, HOT_SPEED_MIN))
    return rows


def of_round_trips(round_trips: RoundTrips) -> list[Row]:
    """Return those of the statements of a Use on PostgreSQL."""
    return [
        _at_most("statements of a Use on PostgreSQL", round_trips.statements, POSTGRES_STATEMENTS_MAX),
        _at_most("round trips of a Use to PostgreSQL", round_trips.round_trips, POSTGRES_ROUND_TRIPS_MAX),
    ]


def of_peers(peers: Peers) -> list[Row]:
    """Return those of the service beside the one that a Go team would write."""
    return [_at_most(*ratio) for ratio in peers_table.ratios(peers)]


def of_capped(found: capped.Capped) -> list[Row]:
    """Return those of a campaign code with a total."""
    what = "calls/s of a campaign code that everybody hits, with usesTotal / without, on PostgreSQL"
    return [
        _at_least(what, found.speed(*capped.PAIRS[0]), capped.RATIO_MIN),
        _at_most("uses by which it was off at its last use", abs(found.used - found.total), 0),
    ]


def of_batches(batches: Batches) -> list[Row]:
    """Return those of redeeming in batches and on streams."""
    least = {batch_name(64): BATCH_OF_64_MIN, batch_name(1000): BATCH_OF_1000_MIN, stream_name(64): STREAM_OF_64_MIN}
    return [
        _at_least(f"redemptions per core: {name} / Use", batches.times(name), limit) for name, limit in least.items()
    ]


def of_door(door: Door) -> list[Row]:
    """Return that of the JSON door."""
    return [_at_most("CPU of Use by REST / CPU by gRPC", door.ratio, DOOR_RATIO_MAX)]


def of_growth(growth: Growth) -> list[Row]:
    """Return that of growth."""
    ratio = middle(growth.large).cpu_us / middle(growth.small).cpu_us
    return [_at_most("CPU of Use, large database / small one", ratio, GROWTH_MAX)]


def of_surroundings(surroundings: Iterable[Surrounding]) -> list[Row]:
    """Return those of the calls that surround redeeming."""
    return [
        _at_most(f"CPU of {each.name}, large database / a tenth of it", each.large_us / each.small_us, GROWTH_MAX)
        for each in surroundings
    ]


def of_issuing(issuing: Issuing, listing: Listing) -> list[Row]:
    """Return those of issuing and listing."""
    return [
        _at_most(f"time to issue {MANY:,} codes / to issue {FEW}", issuing.many_ms / issuing.few_ms, ISSUE_RATIO_MAX),
        _at_most(f"statements of an Issue of {MANY:,}", issuing.statements, STATEMENTS_MAX),
        _at_most(f"new rows of an Issue of {MANY:,}", issuing.new_rows, ROWS_MAX),
        _at_least("codes listed a second", round(listing.codes_per_second), LISTING_MIN),
    ]


def of_transfer(transfer: Transfer) -> list[Row]:
    """Return those of codes out and in."""
    slowest = min(export.codes_per_second for export in transfer.exports.values())
    memory_mib = round(max(export.memory_mib for export in transfer.exports.values()))
    import_ratio = transfer.import_seconds / transfer.bare_seconds
    csv, json_lines = transfer.exports[CSV_COMMAND], transfer.exports[JSON_LINES_COMMAND]
    return [
        _at_least("codes exported a second, the slowest way", round(slowest), EXPORT_MIN),
        _at_most(f"MiB of memory more for {transfer.count:,} codes", memory_mib, EXPORT_MIB_MAX),
        _at_least("codes exported as lines of JSON a second", round(json_lines.codes_per_second), JSON_LINES_MIN),
        _at_most(
            "time of an export as lines of JSON / as CSV",
            csv.codes_per_second / json_lines.codes_per_second,
            JSON_LINES_RATIO_MAX,
        ),
        _at_most("time of an import / of the bare insert", import_ratio, IMPORT_RATIO_MAX),
        _at_most(
            f"MiB of memory more for an import of {transfer.count:,} codes",
            round(transfer.import_memory_mib),
            IMPORT_MIB_MAX,
        ),
    ]


def of_stalls(stalls: Stalls) -> list[Row]:
    """Return those of the most expensive request."""
    stall_ms = round(stalls.longest()[0].cost.process_ms)
    growth_mib = round(stalls.largest()[0].cost.growth_mib)
    return [
        _at_most("ms of CPU for which a request blocks the event loop", stall_ms, STALL_MS_MAX),
        _at_most("MiB of memory more for a request", growth_mib, REQUEST_MIB_MAX),
    ]


def _at_most(what: str, value: float, limit: float) -> Row:
    return what, _shown(value), f"at most {limit:,}", _met(value <= limit)


def _at_least(what: str, value: float, limit: float) -> Row:
    return what, _shown(value), f"at least {limit:,}", _met(value >= limit)


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def _met(met: bool) -> str:
    return "met" if met else "MISSED"
