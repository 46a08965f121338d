"""One batch of codes: its numbers and its codes, and what can be done with it."""

from aiohttp import web
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.console import curves, forms
from redeemd.console.languages import label
from redeemd.console.page import Page
from redeemd.console.pages import sheet, switching
from redeemd.console.pages.sheet import fields_of
from redeemd.console.visit import PAGE_ITEMS, Visit


def _campaign_url(visit: Visit, campaign: str = "") -> str:
    return f"/console/codes/{visit.part('namespace')}/campaigns/{campaign or visit.part('campaign')}"


async def _show(visit: Visit) -> web.StreamResponse:
    batch = (await visit.call(pb.GetIssueJobRequest(**fields_of(visit)), pb.GetIssueJobResponse)).item
    status = (await visit.call(pb.GetCampaignStatusRequest(**fields_of(visit)), pb.GetCampaignStatusResponse)).item
    by = visit.query("by") or "day"
    return await visit.render(
        "batch.html",
        **{name: visit.part(name) for name in ("namespace", "campaign")},
        batch=batch,
        counts=status.counts,
        by=by,
        curve=await curves.of_batch(visit, fields_of(visit), by),
        url="",
        may_switch=visit.may(pb.SetIssueJobStatusRequest),
        may_move=visit.may(pb.MoveIssueJobRequest),
        may_delete=visit.may(pb.DeleteIssueJobRequest),
        may_read=visit.may(pb.DescribeSerialKeysRequest),
        may_print=sheet.may_print(visit),
        may_export=visit.may(pb.DownloadSerialCodesRequest),
    )


async def _switch(visit: Visit) -> None:
    reason = visit.form.get("reason", "").strip() or None
    request = pb.SetIssueJobStatusRequest(**fields_of(visit), availability=switching.availability(visit), reason=reason)
    await visit.call(request, pb.SetIssueJobStatusResponse)
    switching.report(visit, on=label("The batch was switched on."), off=label("The batch was switched off."))


async def _limit(visit: Visit) -> None:
    request = pb.SetIssueJobValidityRequest(
        **fields_of(visit),
        valid_from=forms.time(visit.form, "valid_from"),
        valid_until=forms.time(visit.form, "valid_until"),
    )
    await visit.call(request, pb.SetIssueJobValidityResponse)
    visit.say("The validity of the batch was changed.")


async def _move(visit: Visit) -> web.StreamResponse:
    to = visit.form.get("to_campaign", "").strip()
    await visit.call(pb.MoveIssueJobRequest(**fields_of(visit), to_campaign_model_name=to), pb.MoveIssueJobResponse)
    visit.say("The batch was moved.")
    return visit.go(f"{_campaign_url(visit, to)}/batches/{visit.part('batch')}")


async def _delete(visit: Visit) -> web.StreamResponse | None:
    unused_only = visit.form.get("unused_only") == "yes"
    request = pb.DeleteIssueJobRequest(**fields_of(visit), unused_only=unused_only or None)
    item = (await visit.call(request, pb.DeleteIssueJobResponse)).item
    if item.unused_deleted:
        visit.say("The unused codes of the batch were deleted.")
        return None
    visit.say("The batch was deleted.")
    return visit.go(_campaign_url(visit))


async def _export(visit: Visit) -> web.StreamResponse:
    """Show the URL of the file. No redirect: the policy of pages lets no form lead to another port."""
    reply = await visit.call(pb.DownloadSerialCodesRequest(**fields_of(visit)), pb.DownloadSerialCodesResponse)
    return await visit.render("download.html", **{name: visit.part(name) for name in _PARTS}, url=reply.url)


async def _codes(visit: Visit) -> web.StreamResponse:
    asked = pb.DescribeSerialKeysRequest(**fields_of(visit), limit=PAGE_ITEMS)
    if visit.query("page"):
        asked.page_token = visit.query("page")
    reply = await visit.call(asked, pb.DescribeSerialKeysResponse)
    return await visit.render(
        "batch_codes.html",
        **{name: visit.part(name) for name in _PARTS},
        items=reply.items,
        next_page=reply.next_page_token,
    )


_PARTS = ("namespace", "campaign", "batch")
_PATH = "/codes/{namespace}/campaigns/{campaign}/batches/{batch}"
PAGES = (
    Page(
        _PATH,
        _show,
        {"switch": _switch, "limit": _limit, "move": _move, "delete": _delete, "export": _export},
    ),
    Page(f"{_PATH}/codes", _codes),
)
