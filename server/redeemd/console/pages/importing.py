"""The page that imports codes from a file: first it shows how the file is read, and what would be refused."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.console import forms
from redeemd.console.calls import Refused
from redeemd.console.code_file import CodeFile, Problem
from redeemd.console.page import Page
from redeemd.console.visit import Visit

PROBLEMS_SHOWN_MAX = 100
_PIECE_CODES = 5000


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The preview of a file: how it was read, how many codes would be imported, and the problems of the others."""

    file: CodeFile
    count: int
    problems: Sequence[Problem]
    problem_count: int


async def _show(visit: Visit, outcome: _Outcome | None = None) -> web.StreamResponse:
    return await visit.render(
        "import.html",
        namespace=visit.part("namespace"),
        campaign=visit.part("campaign"),
        outcome=outcome,
        shown=() if outcome is None else outcome.problems[:PROBLEMS_SHOWN_MAX],
        may_import=visit.may(pb.ImportSerialKeysRequest),
    )


async def _preview(visit: Visit) -> web.StreamResponse:
    outcome, _ = await _run(visit, dry_run=True)
    return await _show(visit, outcome)


async def _import(visit: Visit) -> web.StreamResponse:
    outcome, batch = await _run(visit, dry_run=False)
    if not batch:
        return await _show(visit, outcome)
    visit.say("The codes were imported.")
    return visit.go(f"/console/codes/{visit.part('namespace')}/campaigns/{visit.part('campaign')}/batches/{batch}")


async def _run(visit: Visit, *, dry_run: bool) -> tuple[_Outcome, str]:
    """Read the file and import it, or only ask what would be imported. Return also the name of the batch, "" for none.

    Raises Refused.
    """
    file = await _read(visit)
    allowed = visit.form.get("allow_short") == "yes"
    local = [problem for problem in file.problems if not (problem.doubtful and allowed)]
    good = file.without(local)
    if not good.codes or (local and not dry_run and visit.form.get("skip_problems") != "yes"):
        return _Outcome(file, 0, local, len(local)), ""
    requests = list(_requests(visit, good, dry_run=dry_run))
    report = await visit.stream(requests, pb.ImportSerialKeysResponse, item="dry-run" if dry_run else "import")
    found = [
        Problem(good.lines[each.position], good.codes[each.position], file.words[each.kind]) for each in report.problems
    ]
    count = len(local) + sum(each.count for each in report.problem_counts)
    problems = sorted([*local, *found])
    return _Outcome(file, report.imported_count, problems, count), report.item.name


async def _read(visit: Visit) -> CodeFile:
    if not visit.file:
        raise Refused.of("file", "must be chosen")
    try:
        return await asyncio.to_thread(
            visit.tools.read_codes,
            visit.file,
            visit.form.get("column", "").strip(),
            visit.form.get("encoding", "").strip(),
            exact=visit.form.get("exact") == "yes",
        )
    except ValueError as problem:
        raise Refused.of("file", str(problem)) from None


def _requests(visit: Visit, file: CodeFile, *, dry_run: bool) -> Sequence[pb.ImportSerialKeysRequest]:
    match = pb.IMPORT_MATCH_EXACT if visit.form.get("exact") == "yes" else pb.IMPORT_MATCH_FOLDED
    starts = range(0, len(file.codes), _PIECE_CODES)
    return [
        pb.ImportSerialKeysRequest(
            namespace_name=visit.part("namespace"),
            campaign_model_name=visit.part("campaign"),
            metadata=visit.form.get("metadata", "").strip() or None,
            match=match,
            valid_from=forms.time(visit.form, "valid_from"),
            valid_until=forms.time(visit.form, "valid_until"),
            dry_run=dry_run,
            skip_problems=visit.form.get("skip_problems") == "yes",
            codes=file.codes[start : start + _PIECE_CODES],
            last=start + _PIECE_CODES >= len(file.codes),
        )
        for start in starts
    ]


PAGES = (
    Page(
        "/codes/{namespace}/campaigns/{campaign}/import",
        _show,
        {"preview": _preview, "import": _import},
        files=True,
    ),
)
