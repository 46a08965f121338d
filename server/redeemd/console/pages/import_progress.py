"""How far an import is, and its report. The page can be left and opened again, also after a restart of the server."""

from aiohttp import web
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.console.calls import refusing
from redeemd.console.import_notes import Notes
from redeemd.console.page import Page
from redeemd.console.pages.importing import require_campaign
from redeemd.console.visit import Visit


async def _show(visit: Visit) -> web.StreamResponse:
    await require_campaign(visit)
    if not visit.may(pb.ImportSerialKeysRequest):  # a report has codes
        visit.status = 403
        return await visit.render("import_progress.html", **_parts(visit), item=None, notes=None)
    with refusing():
        item = await visit.tools.imports.followed.get(visit.part("namespace"), visit.part("import"))
    if item is None or item.campaign_name != visit.part("campaign"):
        visit.status = 404
        return await visit.render("not_found.html")
    return await visit.render("import_progress.html", **_parts(visit), item=item, notes=Notes.unpacked(item.notes))


def _parts(visit: Visit) -> dict[str, str]:
    return {name: visit.part(name) for name in ("namespace", "campaign")}


PAGES = (Page("/codes/{namespace}/campaigns/{campaign}/imports/{import}", _show),)
