"""The command `import`: codes that a studio already has, from a file to a running server."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.base.cells import csv_cell
from redeemd.base.new_file import replace_secret
from redeemd.cli.client import Client, connected
from redeemd.cli.code_files.codes import FileCode, Problem, codes_of, local_problems
from redeemd.cli.code_files.column import find_column
from redeemd.cli.code_files.preview import preview
from redeemd.cli.code_files.reading import STANDARD_INPUT, read_table
from redeemd.cli.code_files.table import Unreadable
from redeemd.cli.codes import Campaign, Namespace
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.files import STREAM_SECONDS_MAX
from redeemd.cli.output import complain, progress_bar
from redeemd.cli.times import Period, ValidFrom, ValidUntil, Zone

PIECE_CODES = 5000
PROBLEMS_SHOWN_MAX = 20

_WORDS = {
    pb.IMPORT_PROBLEM_KIND_DUPLICATE: "occurs earlier in the file",
    pb.IMPORT_PROBLEM_KIND_CONFLICT: "was imported into this namespace before",
    pb.IMPORT_PROBLEM_KIND_SERIAL_KEY: "reads like a code that this namespace issues",
    pb.IMPORT_PROBLEM_KIND_CAMPAIGN_NAME: "is the name of a campaign of this namespace",
    pb.IMPORT_PROBLEM_KIND_WHITE_SPACE: "begins or ends with white space",
    pb.IMPORT_PROBLEM_KIND_NO_CHARACTERS: "consists of characters that are ignored",
}


@with_options(Connection)
def import_codes(
    namespace: Namespace,
    campaign: Campaign,
    file: Annotated[Path, typer.Argument(help="A CSV file or a spreadsheet (.xlsx, .xls, .ods); - is standard input.")],
    column: Annotated[str, typer.Option(help="The column with the codes: its name, or its number from 1.")] = "",
    encoding: Annotated[str, typer.Option(help="Of a CSV file, such as utf-16-le; found out if not given.")] = "",
    header: Annotated[bool | None, typer.Option(help="Whether the first line is a header.")] = None,
    exact: Annotated[bool, typer.Option(help="Require players to type each character as it is printed.")] = False,
    metadata: Annotated[str, typer.Option(help="Stored with the batch.")] = "",
    valid_from: ValidFrom = "",
    valid_until: ValidUntil = "",
    zone: Zone = "UTC",
    dry_run: Annotated[bool, typer.Option(help="Only report.")] = False,
    skip_problems: Annotated[bool, typer.Option(help="Import the codes that have no problem.")] = False,
    allow_short: Annotated[
        bool, typer.Option(help="Import codes that can be guessed, or that a spreadsheet may have changed.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    *,
    connection: Connection,
) -> None:
    """Import codes that you already have into a campaign: all of them or, if one has a problem, none.

    The command first shows how the file was read, and asks. Problems are also written to FILE.problems.csv.
    """
    period = Period.parse(valid_from, valid_until, zone)
    codes, found = _read(file, column, encoding, header, exact=exact)
    problems = [problem for problem in found if not (problem.doubtful and allow_short)]
    if problems and not skip_problems:
        _report(file, problems, len(problems))
        allow = "--allow-short imports such codes, " if all(problem.doubtful for problem in problems) else ""
        complain(f"redeemd: nothing was imported; {allow}--skip-problems imports the others")
        raise typer.Exit(1)
    bad = {problem.code for problem in problems}
    good = [code for code in codes if code not in bad]
    if not good:
        _report(file, problems, len(problems))
        complain("redeemd: nothing was imported; every code has a problem")
        raise typer.Exit(1)
    period.show_bounds()
    if not (yes or dry_run):
        _ask(file, len(good), namespace, campaign)
    with connected(connection) as client:
        batch = pb.ImportSerialKeysRequest(
            namespace_name=namespace, campaign_model_name=campaign, metadata=metadata or None,
            match=pb.IMPORT_MATCH_EXACT if exact else pb.IMPORT_MATCH_FOLDED,
            valid_from=period.start, valid_until=period.end, dry_run=dry_run, skip_problems=skip_problems,
        )  # fmt: skip
        report = _send(client, good, batch)
    refused = [Problem(good[each.position], _WORDS[each.kind]) for each in report.problems]
    count = len(problems) + sum(each.count for each in report.problem_counts)
    _report(file, sorted([*problems, *refused], key=lambda problem: problem.code.line), count)
    _summarize(report, len(codes), dry_run=dry_run)


def _read(
    file: Path, column: str, encoding: str, header: bool | None, *, exact: bool
) -> tuple[Sequence[FileCode], Sequence[Problem]]:
    """Return the codes of a file and their problems, and show how the file was read. Exits with status 1."""
    try:
        table = read_table(file, encoding=encoding)
        found = find_column(table, column, header=header)
        codes = codes_of(table, found)
    except Unreadable as problem:
        complain(f"redeemd: {file}: {problem}")
        raise typer.Exit(1) from None
    for line in preview(table, found, codes, exact=exact):
        complain(line)
    return codes, list(local_problems(table, found, codes))


def _ask(file: Path, count: int, namespace: str, campaign: str) -> None:
    if file == STANDARD_INPUT or not sys.stdin.isatty():
        complain("redeemd: nothing was imported; add --yes if the file was read as you expect")
        raise typer.Exit(1)
    typer.confirm(f"Import these {count:,} codes into campaign {campaign} of {namespace}?", abort=True, err=True)


def _send(client: Client, codes: Sequence[FileCode], batch: pb.ImportSerialKeysRequest) -> pb.ImportSerialKeysResponse:
    """Import codes with the other fields of a request."""
    with progress_bar() as progress:
        task = progress.add_task("importing", total=len(codes))

        def requests() -> Iterator[pb.ImportSerialKeysRequest]:
            for start in range(0, max(len(codes), 1), PIECE_CODES):
                piece = pb.ImportSerialKeysRequest()
                piece.CopyFrom(batch)
                piece.codes.extend(code.text for code in codes[start : start + PIECE_CODES])
                piece.last = start + PIECE_CODES >= len(codes)
                yield piece
                progress.advance(task, len(piece.codes))

        report: pb.ImportSerialKeysResponse = client.call(
            client.serial_keys.ImportSerialKeys, requests(), seconds=STREAM_SECONDS_MAX
        )
        return report


def _report(file: Path, problems: Sequence[Problem], count: int) -> None:
    """Print the first problems, and write these to a file, which only its owner can read, because it has codes.

    `count` is the number of all problems: the server describes a limited number.
    """
    for problem in problems[:PROBLEMS_SHOWN_MAX]:
        code = problem.code
        complain(f"line {code.line}, column {code.column}: {code.text} {problem.text}")
    if count > PROBLEMS_SHOWN_MAX:
        complain(f"and {count - PROBLEMS_SHOWN_MAX:,} more")
    if problems and file != STANDARD_INPUT:
        beside = file.with_name(f"{file.name}.problems.csv")
        try:
            replace_secret(beside, _rendered(problems))
        except OSError as problem:
            complain(f"redeemd: {problem}")
        else:
            which = "all" if len(problems) == count else f"the first {len(problems):,}"
            complain(f"{which} problems are listed in {beside}")


def _rendered(problems: Sequence[Problem]) -> str:
    rows = [
        f"{problem.code.line},{problem.code.column},{csv_cell(problem.code.text)},{csv_cell(problem.text)}\n"
        for problem in problems
    ]
    return "".join(["line,column,code,problem\n", *rows])


def _summarize(report: pb.ImportSerialKeysResponse, count: int, *, dry_run: bool) -> None:
    for found in report.problem_counts:
        complain(f"{_WORDS[found.kind]}: {found.count:,} of the codes")
    would = "would be " if dry_run else ""
    job = f", issue job {report.item.name}" if report.HasField("item") else ""
    typer.echo(f"{report.imported_count} of {count} codes {would}imported{job}")
    if not report.imported_count:
        raise typer.Exit(1)
