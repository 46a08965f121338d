"""The editor of master data: checks a document, shows how it differs from the one in force, and puts it in force."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from aiohttp import web
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb

from redeemd.console import drafts as drafts_of
from redeemd.console import forms
from redeemd.console.calls import Refused
from redeemd.console.drafts import Draft
from redeemd.console.page import Page
from redeemd.console.previews import Preview
from redeemd.console.visit import Visit
from redeemd.contract import differences, json_text
from redeemd.contract.differences import Change

EDITED_CHARACTERS_MAX = 200_000  # of a document; the command line and the API take larger ones
_CHANGES_SHOWN_MAX = 500
_PREVIEWS_MAX = 10  # each is some milliseconds of work
_NO_REVISION = 2**53 - 1  # that no document reaches


@dataclass(frozen=True, slots=True)
class _Service:
    """A service: the part of its paths, its module of requests, and the name of its document, its version and lists."""

    path: str
    pb: ModuleType
    document: str
    version: str
    lists: tuple[str, ...]

    @property
    def empty(self) -> str:
        """A document without models."""
        return json.dumps({"version": self.version} | {name: [] for name in self.lists}, indent=2)


_SERVICES = (
    _Service("codes", serialkey_pb, "CurrentCampaignMaster", "2022-09-13", ("campaignModels",)),
    _Service("exchanges", exchange_pb, "CurrentRateMaster", "2019-08-19", ("rateModels", "incrementalRateModels")),
    _Service("limits", limit_pb, "CurrentLimitMaster", "2019-04-05", ("limitModels",)),
)


@dataclass(frozen=True, slots=True)
class _Checked:
    """A valid document: its differences to the one in force, what its changed models do, and how many are left out."""

    changes: Sequence[Change]
    previews: Sequence[Preview]
    more: int


@dataclass(frozen=True, slots=True)
class _Editor:
    """The page of one service."""

    service: _Service

    async def show(self, visit: Visit, found: _Checked | None = None) -> web.StreamResponse:
        """Return the page, with what would change if a document was checked."""
        service, typed = self.service, visit.form.get("settings")
        settings, revision = await self._current(visit)
        too_long = len(settings) > EDITED_CHARACTERS_MAX
        text = typed if typed is not None else "" if too_long else _indented(settings) or service.empty
        return await visit.render(
            "master_data.html",
            service=service.path,
            namespace=visit.part("namespace"),
            text=text,
            revision=visit.form.get("revision", str(revision)),
            too_long=too_long,
            found=found,
            changes=[] if found is None else [change.line() for change in found.changes[:_CHANGES_SHOWN_MAX]],
            may_change=visit.may(getattr(service.pb, f"Update{service.document}Request")),
        )

    async def check(self, visit: Visit) -> web.StreamResponse:
        """Let the method check a document without an effect: it looks at the revision last, and that is a wrong one."""
        settings, _ = await self._current(visit)
        try:
            await self._update(visit, _NO_REVISION)
        except Refused as refused:
            if refused.reason != "MASTER_DATA_CHANGED":
                raise
        before, after = settings or "{}", visit.form.get("settings", "")
        changes, drafts = await asyncio.to_thread(self._compare, before, after)
        previews = [await drafts_of.preview(visit, draft) for draft in drafts[:_PREVIEWS_MAX]]
        return await self.show(visit, _Checked(changes, previews, len(drafts) - len(previews)))

    async def put_in_force(self, visit: Visit) -> None:
        """Put a document in force, unless somebody else has put one in force since it was opened."""
        await self._update(visit, forms.number(visit.form, "revision"))
        visit.say("The document is in force.")

    async def _current(self, visit: Visit) -> tuple[str, int]:
        """Return the document in force and its revision; "" and 0 for none."""
        pb, name = self.service.pb, self.service.document
        request = getattr(pb, f"Get{name}Request")(namespace_name=visit.part("namespace"))
        try:
            item = (await visit.call(request, getattr(pb, f"Get{name}Response"))).item
        except Refused as refused:
            if not refused.reason.startswith("CURRENT_"):
                raise
            return "", 0
        return item.settings, item.revision

    async def _update(self, visit: Visit, revision: int) -> None:
        pb, name = self.service.pb, self.service.document
        text = visit.form.get("settings", "")
        if len(text) > EDITED_CHARACTERS_MAX:
            raise Refused.of("settings", f"must be at most {EDITED_CHARACTERS_MAX:,} characters here")
        request = getattr(pb, f"Update{name}Request")(
            namespace_name=visit.part("namespace"), settings=text, expected_revision=revision
        )
        await visit.call(request, getattr(pb, f"Update{name}Response"), item=str(revision))

    def _compare(self, before: str, after: str) -> tuple[Sequence[Change], Sequence[Draft]]:
        """Return the differences of two valid documents, and the models that differ and can be previewed."""
        one, other = json_text.read_object(before), json_text.read_object(after)
        return (
            list(differences.of_documents(one, other, self.service.lists)),
            drafts_of.changed(self.service.path, one, other),
        )

    def page(self) -> Page:
        """Return the page."""
        return Page(
            f"/{self.service.path}/{{namespace}}/master-data",
            self.show,
            {"check": self.check, "put": self.put_in_force},
        )


def _indented(settings: str) -> str:
    """Return a document as people edit it."""
    return json.dumps(json.loads(settings), indent=2, ensure_ascii=False) if settings else ""


PAGES = tuple(_Editor(service).page() for service in _SERVICES)
