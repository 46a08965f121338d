"""The command `import`: codes that a studio already has, from a file to a running server."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.cli.client import Client, connected
from redeemd.cli.code_files.options import FILE_HELP, ColumnName, Encoding, Header, Yes, ask, read_codes
from redeemd.cli.code_files.problems import report_problems
from redeemd.cli.codes import Campaign, Namespace
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.files import STREAM_SECONDS_MAX
from redeemd.cli.output import complain, progress_bar
from redeemd.cli.results import Json, members, put
from redeemd.cli.times import Period, ValidFrom, ValidUntil, Zone
from redeemd.code_files.codes import FileCodes, Problem
from redeemd.code_files.import_problems import WORDS
from redeemd.code_files.states import text_of_state

PIECE_CODES = 5000
_SKIP = "--skip-problems imports the others"

AllowShort = Annotated[
    bool, typer.Option(help="Import codes that can be guessed, or that a spreadsheet may have changed.")
]
IgnoreStates = Annotated[
    bool, typer.Option("--ignore-states", help="Import all codes as unused, whatever the file says of their use.")
]


@with_options(Connection)
def import_codes(
    namespace: Namespace,
    campaign: Campaign,
    file: Annotated[Path, typer.Argument(help=FILE_HELP)],
    column: ColumnName = "",
    encoding: Encoding = "",
    header: Header = None,
    exact: Annotated[bool, typer.Option(help="Require players to type each character as it is printed.")] = False,
    metadata: Annotated[str, typer.Option(help="Stored with the batch.")] = "",
    valid_from: ValidFrom = "",
    valid_until: ValidUntil = "",
    zone: Zone = "UTC",
    dry_run: Annotated[bool, typer.Option(help="Only report.")] = False,
    skip_problems: Annotated[bool, typer.Option(help="Import the codes that have no problem.")] = False,
    allow_short: AllowShort = False,
    ignore_states: IgnoreStates = False,
    yes: Yes = False,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Import codes that you already have into a campaign: all of them or, if one has a problem, none.

    The command first shows how the file was read, and asks. Problems are also written to FILE.problems.csv. Columns
    named status, usedUserId, usedAt and metadata are the states of the codes: those that are used stay so.
    """
    period = Period.parse(valid_from, valid_until, zone)
    states_in = None if ignore_states else period.zone
    codes, found = read_codes(file, column, encoding, header, exact=exact, states_in=states_in)
    problems = [problem for problem in found if not (problem.doubtful and allow_short)]
    good = _importable(file, codes, problems, skip_problems=skip_problems)
    period.show_bounds()
    if not (yes or dry_run):
        question = f"Import these {len(good):,} codes into campaign {campaign} of {namespace}?"
        ask(file, question, otherwise="nothing was imported")
    with connected(connection) as client:
        batch = pb.ImportSerialKeysRequest(
            namespace_name=namespace, campaign_model_name=campaign, metadata=metadata or None,
            match=pb.IMPORT_MATCH_EXACT if exact else pb.IMPORT_MATCH_FOLDED,
            valid_from=period.start, valid_until=period.end, dry_run=dry_run, skip_problems=skip_problems,
        )  # fmt: skip
        report = _send(client, good, batch)
    count = _report_problems(file, problems, report, good)
    _summarize(report, len(codes), dry_run=dry_run, as_json=as_json)
    if 0 < count < len(codes) and not skip_problems and not dry_run:
        complain(f"redeemd: nothing was imported; {_SKIP}")
    if not (report.imported_count or report.used_count or report.unchanged_count) or (count and not skip_problems):
        raise typer.Exit(1)


def _report_problems(
    file: Path, problems: Sequence[Problem], report: pb.ImportSerialKeysResponse, sent: FileCodes
) -> int:
    """Report the problems of the file and those that the server found in what was sent; return their number."""
    refused = [Problem(sent[each.position], _why(each, sent)) for each in report.problems]
    count = len(problems) + sum(each.count for each in report.problem_counts)
    report_problems(file, sorted([*problems, *refused], key=lambda problem: problem.code.line), count)
    return count


def _why(problem: pb.ImportProblem, codes: FileCodes) -> str:
    """Return in words what is wrong with a code."""
    if not problem.HasField("status") or codes.states is None:
        return WORDS[problem.kind]
    here = text_of_state(problem.status, problem.used_user_id, problem.used_at)
    return f"was imported before, and is {here} here, but {codes.states.text(problem.position)} in the file"


def _importable(file: Path, codes: FileCodes, problems: Sequence[Problem], *, skip_problems: bool) -> FileCodes:
    """Return the codes without a problem. Exits with status 1 if there is none, or if a problem forbids the import."""
    good = codes.without(problems)
    refused = bool(problems) and not skip_problems
    if len(good) and not refused:
        return good
    report_problems(file, problems, len(problems))
    if refused:
        allow = "--allow-short imports such codes, " if all(problem.doubtful for problem in problems) else ""
        complain(f"redeemd: nothing was imported; {allow}{_SKIP}")
    else:
        complain("redeemd: nothing was imported; every code has a problem")
    raise typer.Exit(1)


def _send(client: Client, codes: FileCodes, batch: pb.ImportSerialKeysRequest) -> pb.ImportSerialKeysResponse:
    """Import codes with the other fields of a request."""
    with progress_bar() as progress:
        task = progress.add_task("importing", total=len(codes))

        def requests() -> Iterator[pb.ImportSerialKeysRequest]:
            for start in range(0, max(len(codes), 1), PIECE_CODES):
                piece = pb.ImportSerialKeysRequest()
                piece.CopyFrom(batch)
                piece.codes.extend(codes.texts[start : start + PIECE_CODES])
                if codes.states is not None:
                    piece.states.extend(codes.states.messages(start, start + PIECE_CODES))
                piece.last = start + PIECE_CODES >= len(codes)
                yield piece
                progress.advance(task, len(piece.codes))

        report: pb.ImportSerialKeysResponse = client.call(
            client.serial_keys.ImportSerialKeys, requests(), seconds=STREAM_SECONDS_MAX
        )
        return report


def _summarize(report: pb.ImportSerialKeysResponse, count: int, *, dry_run: bool, as_json: bool) -> None:
    for found in report.problem_counts:
        complain(f"{WORDS[found.kind]}: {found.count:,} of the codes")
    would = "would be " if dry_run else ""
    job = f", issue job {report.item.name}" if report.HasField("item") else ""
    result = {"count": count, "dryRun": dry_run, **members(report)}
    others = [(report.unchanged_count, "are here already"), (report.used_count, f"of those here {would}marked as used")]
    more = "".join(f", {number} {what}" for number, what in others if number)
    put(result, f"{report.imported_count} of {count} codes {would}imported{more}{job}", as_json=as_json)
