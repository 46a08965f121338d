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

from redeemd.console import forms
from redeemd.console.calls import Refused
from redeemd.console.page import Page
from redeemd.console.visit import Visit
from redeemd.contract import differences, json_text
from redeemd.contract.differences import Change

EDITED_CHARACTERS_MAX = 200_000  # of a document; the command line and the API take larger ones
_CHANGES_SHOWN_MAX = 500
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
class _Editor:
    """The page of one service."""

    service: _Service

    async def show(self, visit: Visit, changes: Sequence[Change] | None = None) -> web.StreamResponse:
        """Return the page, with what would change if a document was checked."""
        service, typed = self.service, visit.form.get("settings")
        settings, revision = await self._current(visit)
        too_long = len(settings) > EDITED_CHARACTERS_MAX
        text = typed if typed is not None else "" if too_long else _indented(settings) or service.empty
        shown = None if changes is None else [change.line() for change in changes[:_CHANGES_SHOWN_MAX]]
        return await visit.render(
            "master_data.html",
            service=service.path,
            namespace=visit.part("namespace"),
            text=text,
            revision=visit.form.get("revision", str(revision)),
            too_long=too_long,
            changes=shown,
            change_count=0 if changes is None else len(changes),
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
        changes = await asyncio.to_thread(self._changes, settings or "{}", visit.form.get("settings", ""))
        return await self.show(visit, changes)

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

    def _changes(self, before: str, after: str) -> Sequence[Change]:
        one, other = json_text.read_object(before), json_text.read_object(after)
        return list(differences.of_documents(one, other, self.service.lists))

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
