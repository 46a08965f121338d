"""The lists of namespaces."""

import pytest
from redeemd.console.visit import PAGE_ITEMS


@pytest.mark.parametrize("kind", ["codes", "exchanges", "limits"])
async def test_a_namespace_is_created_and_deleted(admin, kind):
    """Each service has its own."""
    shown = await admin.act(f"/console/{kind}", "create", name=f"first-{kind}", description="to try it")
    assert "The namespace was created." in shown.text
    assert "to try it" in shown.text
    shown = await admin.act(f"/console/{kind}", "delete", {"name": f"first-{kind}"})
    assert "The namespace was deleted." in shown.text
    assert f"first-{kind}" not in shown.text
    assert "deleted" not in (await admin.get(f"/console/{kind}")).text


async def test_an_action_is_an_event_of_its_actor(service, admin):
    """The same event as of a call by gRPC."""
    await admin.act("/console/codes", "create", name="audited")
    rows = (await service.dump())["event"]
    key_id = service.key.split(".")[0]
    assert any("audited" in row and key_id in row and "CreateNamespace" in row for row in rows)


async def test_long_lists_have_pages(service, admin):
    """By the page tokens of the method."""
    for number in range(PAGE_ITEMS + 1):
        await service.call("CreateNamespace", name=f"many-{number:03}")
    first = await admin.get("/console/codes")
    following = first.html.split('class="pager"')[1].split('href="')[1].split('"')[0]
    second = await admin.get(following.replace("&amp;", "&"))
    assert "many-050" not in first.text
    assert "many-050" in second.text
    assert (await admin.get("/console/codes?page=wrong")).refusal == "PAGE_TOKEN_INVALID"
