"""The keys with which programs and people call redeemd: list, create, revoke."""

import re

from aiohttp import web
from redeem.auth.v1 import requests_pb2 as pb

from redeemd.console.page import Page
from redeemd.console.visit import PAGE_ITEMS, Visit
from redeemd.contract.options import roles

_NAMES = {role: name for name, role in roles().items()}


async def show(visit: Visit) -> web.StreamResponse:
    """Return the list of keys."""
    return await _render(visit)


async def _render(visit: Visit, made: str = "") -> web.StreamResponse:
    """Return the list; `made` is a whole key that was created, which is shown once."""
    asked = pb.ListKeysRequest(page_token=visit.query("page") or None, limit=PAGE_ITEMS)
    reply = await visit.call(asked, pb.ListKeysResponse)
    return await visit.render(
        "keys.html", items=reply.items, next_page=reply.next_page_token, roles=roles(), names=_NAMES, made=made
    )


async def create(visit: Visit) -> web.StreamResponse:
    """Create a key, and show it."""
    asked = pb.CreateKeyRequest(
        role=roles().get(visit.form.get("role", "")),
        namespace_names=re.split(r"[\s,]+", visit.form.get("namespaces", "").strip()),
        description=visit.form.get("description", "").strip() or None,
    )
    if asked.namespace_names == [""]:
        del asked.namespace_names[:]
    reply = await visit.call(asked, pb.CreateKeyResponse)
    return await _render(visit, made=f"{reply.item.key_id}.{reply.secret}")


async def revoke(visit: Visit) -> None:
    """Revoke a key."""
    await visit.call(pb.RevokeKeyRequest(key_id=visit.form.get("key", "")), pb.RevokeKeyResponse)
    visit.say("The key was revoked.")


PAGES = (Page("/keys", show, {"create": create, "revoke": revoke}),)
