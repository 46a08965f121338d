"""Limits, rates and the editor of master data."""

import html
import json
import re

import pytest
from support.console import logged_in
from support.exchanges import make_exchanges
from support.keys import key_of
from support.limits import make_limits


def text_of(page):
    """Return the document in the editor."""
    return html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page.html, re.DOTALL)[1])


def plot_of(page):
    """Return the values of a plot."""
    return json.loads(html.unescape(re.search(r'data-plot="([^"]*)"', page.html)[1]))


async def press(admin, path, button, settings):
    """Press a button of the editor with a document in it."""
    page = await admin.get(path)
    return await admin.post(path, page.form("check") | {"action": button, "settings": settings})


async def test_a_limit_shows_its_resets(service, admin):
    """When they are, and how far apart."""
    limits = await make_limits(service)
    page = await admin.get(f"/console/limits/{limits.name}")
    assert f'href="/console/limits/{limits.name}/limits/daily"' in page.html
    daily = await admin.get(f"/console/limits/{limits.name}/limits/daily")
    assert plot_of(daily)["lines"][0]["values"][1:5] == [1, 1, 1, 1]
    assert "The counters are not reset." in (await admin.get(f"/console/limits/{limits.name}/limits/ever")).text


async def test_a_rate_shows_its_actions_and_its_prices(service, admin):
    """As far as they are computed."""
    exchange = await make_exchanges(service)
    await exchange.put_in_force(
        {"name": "swap", "consumeActions": [exchange.up("paid")], "acquireActions": [exchange.down("got")]},
        incremental=[exchange.incremental(coefficientValue=5, maximumExchangeCount=4)],
    )
    swap = await admin.get(f"/console/exchanges/{exchange.name}/rates/swap")
    assert "Gs2Limit:CountUpByUserId" in swap.text
    rising = await admin.get(f"/console/exchanges/{exchange.name}/incremental-rates/rising")
    assert plot_of(rising)["lines"][0]["values"] == [10, 15, 20, 25]


async def test_a_namespace_without_a_document_begins_with_an_empty_one(service, admin):
    """Which can be put in force."""
    await service.call("CreateNamespace", name="without-document")
    path = "/console/codes/without-document/master-data"
    page = await admin.get(path)
    assert json.loads(text_of(page)) == {"version": "2022-09-13", "campaignModels": []}
    assert "The document is in force." in (await press(admin, path, "put", text_of(page))).text


async def test_a_document_is_compared_and_put_in_force(service, admin):
    """Checking it changes nothing."""
    limits = await make_limits(service)
    path = f"/console/limits/{limits.name}/master-data"
    edited = (
        text_of(await admin.get(path)).replace('"daily"', '"weekly"', 1).replace('"resetHour": 0', '"resetHour": 5')
    )
    edited = edited.replace('"resetType": "daily"', '"resetType": "weekly", "resetDayOfWeek": "monday"')
    checked = await press(admin, path, "check", edited)
    assert checked.refusal == ""
    assert "+ limitModels[weekly]" in checked.text
    assert "- limitModels[daily]" in checked.text
    assert text_of(checked) == edited
    assert "daily" in (await admin.get(f"/console/limits/{limits.name}")).text
    assert "The document is in force." in (await press(admin, path, "put", edited)).text
    assert "weekly" in (await admin.get(f"/console/limits/{limits.name}")).text
    same = await press(admin, path, "check", edited)
    assert "says the same as the one in force" in same.text


@pytest.mark.parametrize("action", ["check", "put"])
async def test_what_is_wrong_with_a_document_is_shown_with_its_path(admin, world, action):
    """And the document stays in the editor."""
    path = f"/console/codes/{world.name}/master-data"
    wrong = '{"version": "2022-09-13", "campaignModels": [{"name": "a b"}]}'
    page = await press(admin, path, action, wrong)
    assert (page.status, page.refusal) == (400, "MASTER_DATA_INVALID")
    assert "campaignModels[0].name" in page.text
    assert text_of(page) == wrong


async def test_what_somebody_else_has_put_in_force_is_not_lost(admin, world):
    """A document that was opened before the change is refused."""
    path = f"/console/codes/{world.name}/master-data"
    opened = (await admin.get(path)).form("check")
    await world.put_in_force("autumn")
    other = '{"version": "2022-09-13", "campaignModels": [{"name": "winter"}]}'
    page = await admin.post(path, opened | {"action": "put", "settings": other})
    assert (page.status, page.refusal) == (409, "MASTER_DATA_CHANGED")
    assert "autumn" in (await admin.get(f"/console/codes/{world.name}")).text


async def test_whoever_reads_cannot_edit(service, world):
    """The document is shown."""
    [(_, header)] = await key_of(service, "read")
    async with logged_in(service, header.removeprefix("Bearer ")) as reader:
        page = await reader.get(f"/console/codes/{world.name}/master-data")
        assert "spring" in text_of(page)
        assert "Put in force" not in page.text
