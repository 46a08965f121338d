"""Print sheets: cards with the codes of a batch, as a PDF."""

from collections.abc import Sequence

from aiohttp import web
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.console import forms, guard
from redeemd.console.calls import Refused, refusing
from redeemd.console.page import Page
from redeemd.console.visit import Visit
from redeemd.errors import StoreUnavailable
from redeemd.printing import apart
from redeemd.printing.apart import Order
from redeemd.printing.problems import NotPrintable
from redeemd.printing.sheet import Layout, page_size

CARDS_MAX = 1_000
_TITLE_MAX = 100  # characters
_URL_MAX = 300
_SIDE_CARDS_MAX = 100
_MM_MAX = 500
_READ_SECONDS = 30.0  # for all codes
_PARTS = ("namespace", "campaign", "batch")


async def _show(visit: Visit) -> web.StreamResponse:
    batch = pb.GetIssueJobRequest(**fields_of(visit))
    await visit.call(batch, pb.GetIssueJobResponse)
    return await visit.render(
        "sheet.html",
        **{name: visit.part(name) for name in _PARTS},
        may_see=may_print(visit),
        installed=apart.is_installed(),
        cards_max=CARDS_MAX,
    )


def may_print(visit: Visit) -> bool:
    """Return whether whoever asks may read the codes of a batch: to some, methods show them masked."""
    return visit.may(pb.StreamSerialKeysRequest) and not visit.caller.sees_codes_masked


def fields_of(visit: Visit) -> dict[str, str]:
    """Return the fields of requests that name the batch of a page."""
    return {
        "namespace_name": visit.part("namespace"),
        "campaign_model_name": visit.part("campaign"),
        "issue_job_name": visit.part("batch"),
    }


async def _print(visit: Visit) -> web.StreamResponse | None:
    if not may_print(visit) or not apart.is_installed():
        return await _show(visit)  # which says so
    try:
        layout = _layout(visit)
        codes = await _codes(visit)
        with refusing():
            data = await visit.tools.printer.pdf(Order(layout, codes))
    except NotPrintable as problem:
        raise Refused.of("sheet", str(problem)) from None
    name = {"Content-Disposition": f'attachment; filename="{visit.part("batch")}.pdf"'}
    return web.Response(body=data, content_type="application/pdf", headers=dict(guard.HEADERS) | name)


def _layout(visit: Visit) -> Layout:
    """Return the layout that the form describes. Raises Refused or NotPrintable."""
    width, height = page_size(visit.form.get("page", "").strip() or "A4")
    return Layout(
        width,
        height,
        columns=_number(visit, "columns", 1, _SIDE_CARDS_MAX),
        rows=_number(visit, "rows", 1, _SIDE_CARDS_MAX),
        margin=_number(visit, "margin", 0, _MM_MAX),
        gap=_number(visit, "gap", 0, _MM_MAX),
        title=_text(visit, "title", _TITLE_MAX),
        url=_text(visit, "url", _URL_MAX),
        lines=visit.form.get("lines") == "yes",
    )


def _number(visit: Visit, name: str, least: int, most: int) -> int:
    number = forms.number(visit.form, name)
    if not least <= number <= most:
        raise Refused.of(name, f"must be from {least} to {most}")
    return number


def _text(visit: Visit, name: str, length_max: int) -> str:
    text = visit.form.get(name, "").strip()
    if len(text) > length_max:
        raise Refused.of(name, f"must have at most {length_max} characters")
    return text


async def _codes(visit: Visit) -> Sequence[str]:
    """Return the codes of the batch. Raises Refused, also if there are more than CARDS_MAX."""
    asked = pb.StreamSerialKeysRequest(**fields_of(visit))
    chunks = await visit.watch(asked, pb.StreamSerialKeysResponse, enough=_is_enough, seconds=_READ_SECONDS)
    if any(chunk.total_count > CARDS_MAX for chunk in chunks):
        raise Refused.of("codes", f"{chunks[0].total_count:,} are too many for this page, which prints {CARDS_MAX:,}")
    if not chunks or chunks[-1].next_cursor:
        raise Refused.from_error(StoreUnavailable())
    return [code for chunk in chunks for code in chunk.codes]


def _is_enough(chunk: pb.StreamSerialKeysResponse) -> bool:
    return not chunk.next_cursor or chunk.total_count > CARDS_MAX


PAGES = (Page("/codes/{namespace}/campaigns/{campaign}/batches/{batch}/sheet", _show, {"print": _print}),)
