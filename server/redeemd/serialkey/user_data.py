"""The SerialKey service's data about players: the codes they used and, temporarily, their budgets of guesses."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NotRequired, TypedDict, cast

from redeemd.contract import documented_json
from redeemd.contract.json_text import JsonObject
from redeemd.resources.namespaces import NamespaceKey
from redeemd.resources.resource import Grns
from redeemd.serialkey import batches, campaigns, formats, lookup, redemptions
from redeemd.serialkey.codec.codecs import Codecs
from redeemd.serialkey.codec.codes import OpenedCode
from redeemd.serialkey.errors import CampaignModelNotFound
from redeemd.serialkey.guessing import budget
from redeemd.serialkey.limits import records
from redeemd.serialkey.limits.uses import CAMPAIGN_CODE, Place
from redeemd.serialkey.redemptions import BEGINNING, CodePosition
from redeemd.store.base import Tx


class _Payload(TypedDict):
    """The members of a payload that `restore` reads."""

    code: str
    campaignModelName: str
    usedAt: int
    useId: NotRequired[str]  # of a code that several players can use; JSON numbers are not exact


class UsedCodes:
    """Implements redeemd.resources.user_data.UserData. A payload is a documented SerialKey."""

    kind = "serialKey"
    tables: Mapping[str, str] = MappingProxyType(
        {
            "serial_key": "used_user_id",
            "imported_state": "used_user_id",
            "issue_job": "owner_user_id",
            "code_use": "user_id",
            "guess_budget": "user_id",
            "guess_reset": "user_id",
        }
    )

    def __init__(self, codecs: Codecs, grns: Grns) -> None:
        self._codecs = codecs
        self._grns = grns

    async def page(
        self, tx: Tx, namespace: NamespaceKey, user_id: str, *, after: str, limit: int
    ) -> list[tuple[str, JsonObject]]:
        """See UserData."""
        position = CodePosition.parse(after) if after else BEGINNING
        rows = await redemptions.page(tx, namespace, after=position, limit=limit, user_id=user_id)
        codecs = self._codecs.of(namespace)
        found = []
        for row in rows:
            payload = documented_json.to_json(redemptions.item(row, namespace, codecs, self._grns))
            if row["use_id"] is not None:
                payload["useId"] = str(row["use_id"])
            found.append((str(CodePosition.of(row)), payload))
        return found

    async def clean(self, tx: Tx, namespace: NamespaceKey, user_id: str, *, limit: int, now: int) -> int:
        """See UserData. Used codes stay used, without a user (semantics 12.44); owned ones become unusable."""
        cleaned = await redemptions.clean(tx, namespace.namespace_id, user_id, limit=limit, now=now)
        if cleaned < limit:
            cleaned += await records.clean(tx, namespace.namespace_id, user_id, limit=limit - cleaned)
        if cleaned < limit:
            cleaned += await batches.clean_owner(tx, namespace.namespace_id, user_id, limit=limit - cleaned, now=now)
        if cleaned < limit:
            cleaned += await budget.erase(tx, namespace.namespace_id, user_id)
        return cleaned

    async def restore(self, tx: Tx, namespace: NamespaceKey, user_id: str, payload: JsonObject, *, now: int) -> str:
        """See UserData."""
        codecs = self._codecs.of(namespace)
        found = cast("_Payload", payload)  # its MAC shows that `page` returned it
        text = found["code"]
        if not codecs.formats.loaded:
            await formats.load(tx, namespace, codecs)
        code = codecs.decode(text) or await lookup.imported(tx, namespace, codecs, text)
        if "useId" in found:
            return await self._restore_use(tx, namespace, user_id, found, code, now=now)
        if code is None:
            return "no such code"
        return await redemptions.restore(tx, namespace.namespace_id, code, user_id, used_at=found["usedAt"], now=now)

    async def _restore_use(
        self, tx: Tx, namespace: NamespaceKey, user_id: str, found: _Payload, code: OpenedCode | None, *, now: int
    ) -> str:
        """Restore a use of a key that several players can use or, if `code` is None, of a campaign code."""
        namespace_id = namespace.namespace_id
        try:
            campaign = await campaigns.find(tx, namespace_id, found["campaignModelName"])
        except CampaignModelNotFound:
            return "no such code"
        place = Place(namespace_id, campaign.number, CAMPAIGN_CODE)
        if code is not None:
            place = Place(namespace_id, code.campaign_number, code.sequence)
        restored = await records.restore(
            tx, place, campaign.number, int(found["useId"]), user_id, used_at=found["usedAt"], now=now
        )
        return "restored" if restored else "unchanged"
