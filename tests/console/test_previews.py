"""The editor of master data shows what a draft does, beside what is in force, before it is put in force."""

import asyncio
import html
import json
import re
from datetime import UTC, datetime

import pytest
from support.console import console, logged_in
from support.exchanges import document as rates_document
from support.exchanges import make_exchanges
from support.keys import key_of
from support.limits import document as limits_document
from support.limits import make_limits
from support.scripts import GRN, write

STEEP = "result = { cost = 10 + args.currentExchangeCount * args.currentExchangeCount }"
REFUSING = 'if args.currentExchangeCount == 2 then error("no more") end\nresult = { cost = 1 }'


@pytest.fixture(scope="module")
async def service(tmp_path_factory):
    """A server with its console and two scripts."""
    folder = tmp_path_factory.mktemp("console")
    async with console(folder, scripts=write(folder, steep=STEEP, refusing=REFUSING)) as service:
        yield service


def plots_of(page):
    """Return the values of the plots, by the labels of their lines."""
    plots = [json.loads(html.unescape(text)) for text in re.findall(r'data-plot="([^"]*)"', page.html)]
    return [{line["label"]: line["values"] for line in plot["lines"]} for plot in plots]


def rows_of(page):
    """Return the cells of all tables, row by row."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.html.split('id="outcome"')[1], re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row, re.DOTALL)]
        for row in rows
    ]


async def check(admin, path, settings):
    """Check a document in the editor."""
    page = await admin.get(path)
    return await admin.post(path, page.form("check") | {"settings": settings})


def hours(texts):
    """Return the hours of times of a table."""
    return {datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC).hour for text in texts}


async def test_resets_of_a_draft_are_beside_those_in_force(service, admin):
    """As a plot and as a table; what is in force stays so."""
    limits = await make_limits(service)
    path = f"/console/limits/{limits.name}/master-data"
    draft = {"name": "daily", "resetType": "daily", "resetHour": 9, "resetTimeZone": "Asia/Tokyo"}
    page = await check(
        admin, path, limits_document(draft | {"resetHour": 4}, {"name": "ever", "resetType": "notReset"})
    )
    assert page.refusal == ""
    [plot] = plots_of(page)
    assert {label: sum(value is not None for value in values) for label, values in plot.items()} == {
        "in force": 10,
        "draft": 10,
    }
    _, *rows = rows_of(page)
    assert hours(row[0] for row in rows) == {0}
    assert hours(row[1] for row in rows) == {19}
    preview = (await limits.call("PreviewResets", limit_name="daily", count=10)).resets
    assert hours([datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") for time in preview]) == {
        0
    }


async def test_resets_of_a_draft_are_those_that_come_when_it_is_in_force(service, admin):
    """Of each kind of schedule."""
    limits = await make_limits(service)
    path = f"/console/limits/{limits.name}/master-data"
    drafts = (
        {"name": "weekly", "resetType": "weekly", "resetDayOfWeek": "monday", "resetHour": 5},
        {"name": "monthly", "resetType": "monthly", "resetDayOfMonth": 31, "resetHour": 3},
        {"name": "days", "resetType": "days", "anchorTimestamp": 1_700_000_000_000, "days": 3},
    )
    page = await check(admin, path, limits_document(*drafts))
    shown = [row[0] for row in rows_of(page) if "UTC" in row[0]]
    await limits.put_in_force(*drafts)
    expected = []
    for draft in drafts:
        expected += (await limits.call("PreviewResets", limit_name=draft["name"], count=10)).resets
    assert shown == [datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") for time in expected]


async def test_a_limit_that_is_no_longer_reset_is_shown_in_words(service, admin):
    """Beside the resets of the one in force."""
    limits = await make_limits(service)
    path = f"/console/limits/{limits.name}/master-data"
    page = await check(admin, path, limits_document({"name": "daily", "resetType": "notReset"}))
    assert "draft: The counters are not reset." in page.text
    assert set(plots_of(page)[0]) == {"in force", "draft"}


async def test_only_limits_that_differ_are_previewed(service, admin):
    """Of more than ten, the number of the others is shown."""
    limits = await make_limits(service)
    path = f"/console/limits/{limits.name}/master-data"
    same = {"name": "daily", "resetType": "daily", "resetHour": 0}
    added = [{"name": f"added-{number}", "resetType": "daily", "resetHour": number} for number in range(13)]
    page = await check(admin, path, limits_document(same, *added))
    assert re.findall(r"Resets of ([\w-]+)", page.text) == [f"added-{number}" for number in range(10)]
    assert "Changed models that are not previewed here: 3" in page.text


async def test_prices_of_a_draft_are_beside_those_in_force(service, admin):
    """By each formula; a draft that allows fewer exchanges ends earlier."""
    exchange = await make_exchanges(service)
    rising = exchange.incremental(coefficientValue=5, maximumExchangeCount=4)
    await exchange.put_in_force(incremental=[rising])
    path = f"/console/exchanges/{exchange.name}/master-data"
    draft = exchange.incremental(calculateType="power", coefficientValue=2, maximumExchangeCount=3)
    page = await check(admin, path, rates_document([], [draft]))
    assert plots_of(page) == [{"in force": [10, 15, 20, 25], "draft": [2, 8, 18, None]}]
    assert rows_of(page)[1:] == [["1", "10", "2"], ["2", "15", "8"], ["3", "20", "18"], ["4", "25", ""]]


async def test_prices_of_a_draft_by_a_script_are_those_that_are_paid(service, admin):
    """The script has the arguments of an exchange."""
    exchange = await make_exchanges(service)
    path = f"/console/exchanges/{exchange.name}/master-data"
    draft = exchange.incremental(
        name="scripted", calculateType="gs2_script", calculateScriptId=GRN.format("steep"), maximumExchangeCount=4
    )
    page = await check(admin, path, rates_document([], [draft]))
    assert plots_of(page) == [{"draft": [10, 11, 14, 19]}]
    await exchange.put_in_force(incremental=[draft])
    in_force = await admin.get(f"/console/exchanges/{exchange.name}/incremental-rates/scripted")
    assert plots_of(in_force) == [{"in force": [10, 11, 14, 19]}]
    paid = []
    for _ in range(4):
        before = await paid_by(exchange)
        await exchange.call("IncrementalExchangeByUserId", user_id="alice", rate_name="scripted", count=1)
        paid.append(await paid_by(exchange) - before)
    assert paid == [10, 11, 14, 19]


async def paid_by(exchange):
    """Return what a player has paid."""
    found = await exchange.limits.call("DescribeCountersByUserId", user_id="alice")
    return sum(item.count for item in found.items if item.name == "paid")


@pytest.mark.parametrize(
    ("script", "reason", "prices"), [("refusing", "SCRIPT_FAILED", [1, 1]), ("absent", "SCRIPT_NOT_FOUND", None)]
)
async def test_a_price_that_cannot_be_computed_is_explained_at_its_path(service, admin, script, reason, prices):
    """The prices before it are plotted."""
    exchange = await make_exchanges(service)
    path = f"/console/exchanges/{exchange.name}/master-data"
    draft = exchange.incremental(calculateType="gs2_script", calculateScriptId=GRN.format(script))
    page = await check(admin, path, rates_document([], [draft]))
    assert f"settings.incrementalRateModels[0] (draft): Exchange {len(prices or ()) + 1} has no price." in " ".join(
        page.text.replace(" )", ")").replace("( ", "(").split()
    )
    assert reason in page.text
    assert plots_of(page) == ([{"draft": prices}] if prices else [])


async def test_a_price_that_is_too_high_ends_the_prices(service, admin):
    """As an exchange would be refused."""
    exchange = await make_exchanges(service)
    path = f"/console/exchanges/{exchange.name}/master-data"
    draft = exchange.incremental(calculateType="power", coefficientValue=2**62)
    page = await check(admin, path, rates_document([], [draft]))
    assert plots_of(page) == [{"draft": [2**62]}]
    assert "PRICE_TOO_HIGH" in page.text


async def test_an_invalid_draft_is_refused_with_the_path_of_the_mistake(service, admin):
    """Nothing is previewed."""
    limits = await make_limits(service)
    path = f"/console/limits/{limits.name}/master-data"
    page = await check(
        admin, path, limits_document({"name": "daily", "resetType": "daily", "resetTimeZone": "Mars/Base"})
    )
    assert (page.status, page.refusal) == (400, "MASTER_DATA_INVALID")
    assert "settings.limitModels[0].resetTimeZone" in page.text
    assert plots_of(page) == []


async def test_whoever_reads_cannot_preview(service):
    """Even with a form that was made by hand."""
    limits = await make_limits(service)
    path = f"/console/limits/{limits.name}/master-data"
    [(_, header)] = await key_of(service, "read")
    async with logged_in(service, header.removeprefix("Bearer ")) as reader:
        csrf = re.search(r'name="csrf" value="([^"]+)"', (await reader.get(path)).html)[1]
        form = {"csrf": csrf, "action": "check", "settings": limits_document(), "revision": "1"}
        page = await reader.post(path, form)
        assert page.status == 403
        assert plots_of(page) == []


async def test_other_calls_run_between_prices(service, admin):
    """However many scripts a preview runs: after each, the event loop serves what waits."""
    exchange = await make_exchanges(service)
    path = f"/console/exchanges/{exchange.name}/master-data"
    script = {"calculateType": "gs2_script", "calculateScriptId": GRN.format("steep")}
    drafts = [exchange.incremental(name=f"rate-{number}", **script) for number in range(10)]
    page = await admin.get(path)
    turns, done = 0, asyncio.Event()

    async def count():
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    found = await admin.post(path, page.form("check") | {"settings": rates_document([], drafts)})
    done.set()
    await counting
    assert len(plots_of(found)) == 10
    assert turns >= 10 * 50
