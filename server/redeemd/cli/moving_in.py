"""The commands `import-counters` and `import-awaits`: what another system counted for players, or promised to them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from redeemd.cli.client import connected
from redeemd.cli.code_files.options import Yes, ask
from redeemd.cli.code_files.problems import report_problems
from redeemd.cli.codes import Namespace
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.items.importing import Sent, send
from redeemd.cli.items.kinds import Kind, awaits, counters
from redeemd.cli.items.reading import read_items
from redeemd.cli.output import complain
from redeemd.cli.results import Json, put
from redeemd.code_files.codes import Problem
from redeemd.code_files.table import Unreadable

_File = Annotated[Path, typer.Argument(help="JSON lines, in the documented JSON; - is standard input.")]
_DryRun = Annotated[bool, typer.Option(help="Only report.")]


@with_options(Connection)
def import_counters(
    namespace: Namespace,
    file: _File,
    dry_run: _DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Import counters of another system, each once. What is here is never overwritten.

    A line has userId, limitName, name, count and, if the limit resets its counters, nextResetAt. A count whose reset
    has passed counts as 0 and is not imported. Problems are also written to FILE.problems.csv.
    """
    _run(counters(), namespace, file, connection, dry_run=dry_run, yes=yes, as_json=as_json)


@with_options(Connection)
def import_awaits(
    namespace: Namespace,
    file: _File,
    dry_run: _DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Import awaits of another system, each once. What is here is never overwritten.

    A line has userId, name, rateName, exchangedAt and, where they are not the defaults, count, skipSeconds, config and
    acquirableAt. The reward is that of the rate here. Problems are also written to FILE.problems.csv.
    """
    _run(awaits(), namespace, file, connection, dry_run=dry_run, yes=yes, as_json=as_json)


def _run(
    kind: Kind, namespace: str, file: Path, connection: Connection, *, dry_run: bool, yes: bool, as_json: bool
) -> None:
    try:
        items, problems = read_items(file, kind)
    except Unreadable as problem:
        complain(f"redeemd: {file}: {problem}")
        raise typer.Exit(1) from None
    if problems:
        report_problems(file, problems, len(problems))
        complain("redeemd: nothing was imported")
        raise typer.Exit(1)
    complain(f"{len(items):,} {kind.plural} of {len({item.player for item in items}):,} players")
    if not (yes or dry_run):
        ask(file, f"Import these {kind.plural} into {namespace}?", otherwise="nothing was imported")
    with connected(connection) as client:
        sent = send(client, kind, namespace, items, dry_run=dry_run)
    refused = list(sent.problems())
    report_problems(file, refused, len(refused))
    _summarize(kind, sent, refused, dry_run=dry_run, as_json=as_json)


def _summarize(kind: Kind, sent: Sent, refused: Sequence[Problem], *, dry_run: bool, as_json: bool) -> None:
    counts = Counter(map(kind.name_of, sent.outcomes))
    would = "would be " if dry_run else ""
    others = "".join(f", {number:,} {name}" for name, number in counts.items() if name != "imported")
    text = f"{counts['imported']:,} of {len(sent.items):,} {kind.plural} {would}imported{others}"
    put({"count": len(sent.items), "dryRun": dry_run, "outcomes": dict(counts)}, text, as_json=as_json)
    if refused:
        raise typer.Exit(1)
