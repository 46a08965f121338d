"""The page that imports codes from a file: first it shows how the file is read, and what would be refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.console import import_file, import_notes
from redeemd.console.calls import Refused, refusing
from redeemd.console.code_file import CodeFile, Read
from redeemd.console.import_notes import Report
from redeemd.console.imports import Job, report_of
from redeemd.console.page import Page
from redeemd.console.visit import Visit
from redeemd.status.imports import Followed

LISTED_MAX = 10
_IMPORT_ID = re.compile(r"[A-Za-z0-9_-]{16}")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a preview shows: how the file was read, and what would become of its codes."""

    file: CodeFile
    report: Report


async def _show(visit: Visit, outcome: _Outcome | None = None) -> web.StreamResponse:
    may_import = visit.may(pb.ImportSerialKeysRequest)
    return await visit.render(
        "import.html",
        namespace=visit.part("namespace"),
        campaign=visit.part("campaign"),
        outcome=outcome,
        latest=await _latest(visit) if may_import else (),
        may_import=may_import,
    )


async def _latest(visit: Visit) -> list[Followed]:
    await require_campaign(visit)
    namespace, campaign = visit.part("namespace"), visit.part("campaign")
    with refusing():
        return await visit.tools.imports.followed.latest(namespace, campaign, LISTED_MAX)


async def require_campaign(visit: Visit) -> None:
    """Raise Refused unless whoever asks may see the campaign of the page."""
    namespace, campaign = visit.part("namespace"), visit.part("campaign")
    asked = pb.GetCampaignModelRequest(namespace_name=namespace, campaign_model_name=campaign)
    await visit.call(asked, pb.GetCampaignModelResponse)


async def _preview(visit: Visit) -> web.StreamResponse:
    read = await import_file.read(visit)
    if not read.good.codes:
        return await _show(visit, _outcome(read))
    reply = await _sent(visit, read.good.codes)
    return await _show(visit, _Outcome(read.file, report_of(read, reply)))


def _outcome(read: Read) -> _Outcome:
    """Return the outcome of a file of which nothing is sent."""
    return _Outcome(read.file, Report(problem_count=read.local_count, problems=read.local))


async def _sent(visit: Visit, codes: Sequence[str]) -> pb.ImportSerialKeysResponse:
    """Return the report of a dry run of the import."""
    sent = import_file.pieces(visit, codes, dry_run=True)
    metadata = visit.metadata(pb.ImportSerialKeysRequest(), "dry-run")
    return await visit.stream(sent, pb.ImportSerialKeysResponse, metadata)


async def _import(visit: Visit) -> web.StreamResponse:
    """Begin the import, which goes on without this request, and lead to the page of its progress."""
    await _require_right(visit)
    import_id = visit.form.get("once", "")
    if not _IMPORT_ID.fullmatch(import_id):
        raise Refused.of("once", "must be that of the form")
    with visit.tools.imports.place(visit.session.csrf) as place:
        read = await import_file.read(visit)
        if not read.good.codes or (read.local_count and visit.form.get("skip_problems") != "yes"):
            return await _show(visit, _outcome(read))
        await place.begin(_job(visit, import_id, read))
    return visit.go(f"/console/codes/{visit.part('namespace')}/campaigns/{visit.part('campaign')}/imports/{import_id}")


def _job(visit: Visit, import_id: str, read: Read) -> Job:
    return Job(
        visit.part("namespace"),
        visit.part("campaign"),
        import_id,
        read,
        typed=import_notes.typed_in(visit.form),
        requests=import_file.pieces(visit, read.good.codes, dry_run=False),
        metadata=visit.metadata(pb.ImportSerialKeysRequest(), "import"),
        peer=visit.peer,
    )


async def _require_right(visit: Visit) -> None:
    """Raise Refused unless whoever asks may import codes here."""
    await require_campaign(visit)
    if not visit.may(pb.ImportSerialKeysRequest):  # then the method refuses
        await _sent(visit, ())


PAGES = (
    Page(
        "/codes/{namespace}/campaigns/{campaign}/import",
        _show,
        {"preview": _preview, "import": _import},
        files=True,
    ),
)
