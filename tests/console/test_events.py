"""The page of events."""

import html
import re

from support.console import logged_in
from support.keys import key_of
from support.user_data import use_all


def following(shown):
    """Return the path at which a page asks for what comes next."""
    return html.unescape(re.search(r'hx-get="([^"]*)"', shown.html)[1])


async def test_events_appear_as_they_happen(service, admin):
    """Each once, the latest first, from when the page was opened; none is missed between two requests."""
    world = await service.world()
    codes = await world.codes(2)
    shown = await admin.get("/console/events")
    assert world.name not in shown.text
    await use_all(world, codes, "alice")
    shown = await admin.get(following(shown))
    assert shown.text.count("redeemed") == 2
    assert "<html" not in shown.html
    again = await admin.get(following(shown))
    assert "redeemed" not in again.text


async def test_events_of_one_namespace(service, admin):
    """Others are left out, and a key that is limited to namespaces sees no others."""
    ours, theirs = await service.world(), await service.world()
    [(_, header)] = await key_of(service, "read", namespace_names=[ours.name])
    async with logged_in(service, header.removeprefix("Bearer ")) as limited:
        pages = [
            (admin, await admin.get(f"/console/events?namespace={ours.name}")),
            (limited, await limited.get("/console/events")),
        ]
        for world in (ours, theirs):
            await use_all(world, await world.codes(1), "alice")
        for somebody, shown in pages:
            found = await somebody.get(following(shown))
            assert ours.name in found.text
            assert theirs.name not in found.text
        assert (await limited.get(f"/console/events?namespace={theirs.name}")).refusal == "NAMESPACE_NOT_ALLOWED"


async def test_a_cursor_that_is_none_is_refused(admin):
    """With its reason."""
    assert (await admin.get("/console/events?cursor=wrong")).refusal == "PAGE_TOKEN_INVALID"


async def test_a_list_that_is_full_stops(admin):
    """Until somebody wants more."""
    shown = await admin.get("/console/events?lines=99999")
    assert "The list is full." in shown.text
    assert "hx-get" not in shown.html
