"""The campaigns of a namespace, and one of them: how many codes were used and when, and its batches."""

from aiohttp import web
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2 as resources

from redeemd.console import curves, forms
from redeemd.console.languages import label
from redeemd.console.page import Page
from redeemd.console.pages import switching
from redeemd.console.visit import PAGE_ITEMS, Visit

CAMPAIGNS_SHOWN = 15  # on a page: each takes a call for its numbers


async def _list(visit: Visit) -> web.StreamResponse:
    namespace = visit.part("namespace")
    models = (
        await visit.call(pb.DescribeCampaignModelsRequest(namespace_name=namespace), pb.DescribeCampaignModelsResponse)
    ).items
    wanted = visit.asked("search").casefold()
    found = [model for model in models if wanted in model.name.casefold()]
    first = min(forms.number({"first": visit.query("first")}, "first"), max(len(found) - 1, 0))
    shown = found[first : first + CAMPAIGNS_SHOWN]
    following = first + CAMPAIGNS_SHOWN
    return await visit.render(
        "campaigns.html",
        namespace=namespace,
        rows=[(model, await _status(visit, namespace, model.name)) for model in shown],
        count=len(found),
        search=visit.asked("search"),
        previous=max(first - CAMPAIGNS_SHOWN, 0) if first else None,
        following=following if following < len(found) else None,
    )


async def _status(visit: Visit, namespace: str, campaign: str) -> resources.CampaignStatus:
    request = pb.GetCampaignStatusRequest(namespace_name=namespace, campaign_model_name=campaign)
    return (await visit.call(request, pb.GetCampaignStatusResponse)).item


async def _show(visit: Visit) -> web.StreamResponse:
    namespace, campaign = visit.part("namespace"), visit.part("campaign")
    model = (
        await visit.call(
            pb.GetCampaignModelRequest(namespace_name=namespace, campaign_model_name=campaign),
            pb.GetCampaignModelResponse,
        )
    ).item
    asked = pb.DescribeIssueJobsRequest(namespace_name=namespace, campaign_model_name=campaign, limit=PAGE_ITEMS)
    if visit.query("page"):
        asked.page_token = visit.query("page")
    batches = await visit.call(asked, pb.DescribeIssueJobsResponse)
    by, other = visit.query("by") or "day", visit.query("with").strip()
    return await visit.render(
        "campaign.html",
        namespace=namespace,
        campaign=campaign,
        model=model,
        status=await _status(visit, namespace, campaign),
        by=by,
        other=other,
        curve=await curves.of(visit, namespace, [campaign, *([other] if other else [])], by),
        batches=batches.items,
        next_page=batches.next_page_token,
        may_switch=visit.may(pb.SetCampaignStatusRequest),
        may_issue=visit.may(pb.IssueBatchRequest),
    )


async def _switch(visit: Visit) -> None:
    request = pb.SetCampaignStatusRequest(
        namespace_name=visit.part("namespace"),
        campaign_model_name=visit.part("campaign"),
        availability=switching.availability(visit),
        reason=visit.form.get("reason", "").strip() or None,
    )
    await visit.call(request, pb.SetCampaignStatusResponse)
    switching.report(visit, on=label("The campaign was switched on."), off=label("The campaign was switched off."))


async def _issue(visit: Visit) -> web.StreamResponse:
    namespace, campaign = visit.part("namespace"), visit.part("campaign")
    request = pb.IssueBatchRequest(
        namespace_name=namespace,
        campaign_model_name=campaign,
        count=forms.number(visit.form, "count"),
        metadata=visit.form.get("metadata", "").strip() or None,
        valid_from=forms.time(visit.form, "valid_from"),
        valid_until=forms.time(visit.form, "valid_until"),
    )
    batch = (await visit.call(request, pb.IssueBatchResponse)).item
    visit.say("The codes were issued.")
    return visit.go(f"/console/codes/{namespace}/campaigns/{campaign}/batches/{batch.name}")


PAGES = (
    Page("/codes/{namespace}", _list),
    Page("/codes/{namespace}/campaigns/{campaign}", _show, {"switch": _switch, "issue": _issue}),
)
