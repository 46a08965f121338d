"""One code: what is known about it, found by what a player typed; switched off and on, or its use taken back.

The code is in the form and never in the URL, which histories and logs keep.
"""

from typing import NamedTuple

from aiohttp import web
from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2

from redeemd.console.languages import label
from redeemd.console.page import Page
from redeemd.console.visit import Visit


class Moment(NamedTuple):
    """An event in the life of a code, past or planned, and its time."""

    at: int
    text: str
    player: str = ""


async def show(visit: Visit) -> web.StreamResponse:
    """Return the page with the code of the form, if one was typed."""
    code, found = visit.form.get("code", "").strip(), None
    unknown = visit.refusal is not None and visit.form.get("action") == "find"
    if code and not unknown:
        asked = pb.GetSerialKeyRequest(namespace_name=visit.part("namespace"), code=code)
        found = await visit.call(asked, pb.GetSerialKeyResponse)
    return await visit.render(
        "code.html",
        namespace=visit.part("namespace"),
        code=code,
        found=found,
        is_serial=found is not None and found.item.code != found.item.campaign_model_name,
        moments=[] if found is None else moments(found),
        states=_STATES,
        may_switch=visit.may(pb.SetSerialKeyStatusRequest),
        may_revert=visit.may(pb.RevertUseByUserIdRequest),
    )


_STATES = {
    resources_pb2.SERIAL_KEY_STATUS_ACTIVE: label("can be used"),
    resources_pb2.SERIAL_KEY_STATUS_USED: label("used"),
    resources_pb2.SERIAL_KEY_STATUS_INACTIVE: label("switched off"),
}


def moments(found: pb.GetSerialKeyResponse) -> list[Moment]:
    """Return what is known of the life of a code, in the order of time."""
    item = found.item
    known = [Moment(item.created_at, label("issued"))]
    if found.HasField("valid_from"):
        known.append(Moment(found.valid_from, label("can be used from here on")))
    if item.HasField("used_at"):
        known.append(Moment(item.used_at, label("used"), item.used_user_id))
    if item.updated_at not in {item.created_at, item.used_at}:
        known.append(Moment(item.updated_at, label("last change of the code, its batch or its campaign")))
    if found.HasField("valid_until"):
        known.append(Moment(found.valid_until, label("cannot be used from here on")))
    return sorted(known, key=lambda moment: moment.at)


async def find(visit: Visit) -> web.StreamResponse:
    """Show the code that was typed."""
    return await show(visit)


async def switch(visit: Visit) -> web.StreamResponse:
    """Switch the code off or on, with a reason."""
    off = visit.form.get("to") == "off"
    asked = pb.SetSerialKeyStatusRequest(
        namespace_name=visit.part("namespace"),
        code=visit.form.get("code", ""),
        availability=resources_pb2.AVAILABILITY_INACTIVE if off else resources_pb2.AVAILABILITY_ACTIVE,
        reason=visit.form.get("reason", "").strip() or None,
    )
    await visit.call(asked, pb.SetSerialKeyStatusResponse)
    visit.notice = label("The code was switched off.") if off else label("The code was switched on.")
    return await show(visit)


async def take_back(visit: Visit) -> web.StreamResponse:
    """Take the use of the code back."""
    asked = pb.RevertUseByUserIdRequest(
        namespace_name=visit.part("namespace"), code=visit.form.get("code", ""), user_id=visit.form.get("user", "")
    )
    await visit.call(asked, Message)
    visit.notice = label("The use was taken back.")
    return await show(visit)


PAGES = (Page("/codes/{namespace}/code", show, {"find": find, "switch": switch, "take_back": take_back}),)
