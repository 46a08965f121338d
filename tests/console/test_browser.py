"""Each page in Chromium: accessible, on a phone and in the dark, without errors, and with the times of the viewer."""

import pytest
from support.browser import PHONE
from support.console import console, logged_in
from support.console_imports import halted, imported
from support.exchanges import document as rates_document
from support.exchanges import make_exchanges
from support.limits import document as limits_document
from support.limits import make_limits
from support.world import World

# Every page, with an address in the namespace `game` or another with something in it.
PAGES = {
    "namespaces": "/console/codes",
    "campaigns": "/console/codes/game",
    "campaign": "/console/codes/game/campaigns/spring?with=summer",
    "campaign-batches": "/console/codes/game/campaigns/spring?by=batch",
    "import": "/console/codes/game/campaigns/spring/import",
    "master-data": "/console/codes/game/master-data",
    "exchanges": "/console/exchanges",
    "rates": "/console/exchanges/{exchanges}",
    "rate": "/console/exchanges/{exchanges}/rates/swap",
    "prices": "/console/exchanges/{exchanges}/incremental-rates/rising",
    "limits": "/console/limits",
    "limits-of-namespace": "/console/limits/{limits}",
    "resets": "/console/limits/{limits}/limits/daily",
    "code": "/console/codes/game/code",
    "player": "/console/codes/game/player?user=player-1",
    "guesses": "/console/codes/game/guesses",
    "events": "/console/events",
    "deliveries": "/console/deliveries",
    "keys": "/console/keys",
    "servers": "/console/servers",
    "not-found": "/console/nothing",
}
LOOKS = {
    "desk": {},
    "phone": {"viewport": PHONE, "has_touch": True, "locale": "ja"},
    "dark": {"color_scheme": "dark"},
}


@pytest.fixture(scope="module")
async def service(tmp_path_factory):
    """A server with something on each page."""
    async with console(tmp_path_factory.mktemp("console")) as service:
        await service.call("CreateNamespace", name="game", description="The game")
        world = World(service, "game")
        await world.put_in_force("spring", "summer")
        for number, code in enumerate(await world.codes(20) + await world.codes(10, "summer")):
            if number % 3:
                await service.as_player("Use", f"player-{number}", namespace_name="game", code=code)
        yield service


@pytest.fixture(scope="module")
async def pages(service):
    """The path of each page."""
    exchanges = await make_exchanges(service)
    swap = {"name": "swap", "consumeActions": [exchanges.up("paid")], "acquireActions": [exchanges.down("got")]}
    await exchanges.put_in_force(swap, incremental=[exchanges.incremental()])
    jobs = await service.call("DescribeIssueJobs", namespace_name="game", campaign_model_name="spring")
    batch = f"/console/codes/game/campaigns/spring/batches/{jobs.items[0].name}"
    names = {"exchanges": exchanges.name, "limits": exchanges.limits.name}
    found = {name: path.format(**names) for name, path in PAGES.items()}
    return found | {
        "batch": batch,
        "batch-codes": f"{batch}/codes",
        "sheet": f"{batch}/sheet",
        "import-report": await report(service),
    }


async def report(service):
    """Import a file, of which a code has a problem; return the path of the report."""
    async with logged_in(service) as admin:
        file = b"code\nREPORT-0001\nREPORT-0002\nREPORT-0002\n"
        return (await imported(admin, World(service, "game"), file, skip_problems="yes")).path


@pytest.mark.parametrize("look", LOOKS)
async def test_each_page_is_accessible_and_fits(service, chromium, pages, look):
    """Axe finds nothing, no page is wider than the window, and no script fails or is blocked."""
    found = {}
    async with chromium.page(service, **LOOKS[look]) as tab:
        for name, path in pages.items():
            await tab.open(path)
            await tab.screenshot(f"{name}-{look}")
            problems = await tab.violations() + (["it is too wide"] if await tab.overflows() else [])
            found |= {name: problems} if problems else {}
    assert found == {}


async def test_times_are_those_of_the_viewer(service, chromium):
    """With UTC beside them."""
    async with chromium.page(service) as tab:
        time = tab.page.locator("tbody time").first
        machine = await time.get_attribute("datetime")
        shown = await time.inner_text()
        hour = (int(machine[11:13]) + 9) % 24 or 24
        assert f"{(hour - 1) % 12 + 1}:{machine[14:19]}" in shown
        assert f"{machine[11:19]} UTC" in shown


async def test_pages_are_used_by_keyboard(service, chromium):
    """The first stop leads to the content; a button that asks is opened, and closed by Escape."""
    async with chromium.page(service) as tab:
        await tab.page.keyboard.press("Tab")
        assert await tab.page.evaluate("document.activeElement.className") == "skip"
        await tab.page.keyboard.press("Enter")
        assert await tab.page.evaluate("document.activeElement.id") == "main"
        summary = tab.page.locator("details.confirm summary").first
        await summary.focus()
        await tab.page.keyboard.press("Enter")
        assert await tab.page.get_by_text("This cannot be undone").first.is_visible()
        await tab.page.keyboard.press("Tab")
        await tab.page.keyboard.press("Escape")
        assert not await tab.page.get_by_text("This cannot be undone").first.is_visible()
        assert await summary.evaluate("element => element === document.activeElement")


async def test_a_namespace_is_created_and_deleted(service, chromium):
    """By the forms, in the browser, which says that they are of this site."""
    async with chromium.page(service) as tab:
        await tab.page.get_by_role("textbox", name="Name").fill("by-hand")
        await tab.page.get_by_role("button", name="Create").click()
        await tab.page.get_by_role("status").get_by_text("created").wait_for()
        row = tab.page.get_by_role("row", name="by-hand")
        await row.locator("summary").click()
        await row.get_by_role("button").click()
        await tab.page.get_by_role("status").get_by_text("deleted").wait_for()
        assert not await tab.page.get_by_role("row", name="by-hand").count()


async def test_a_file_is_previewed_before_it_is_imported(service, chromium):
    """The preview leaves the form as it is, so that the same file is imported then."""
    async with chromium.page(service) as tab:
        await tab.open(PAGES["import"])
        file = {"name": "codes.csv", "mimeType": "text/csv", "buffer": b"code\nAUTUMN-0001\nAUTUMN-0002\nshort\n"}
        await tab.page.get_by_label("File").set_input_files(file)
        await tab.page.get_by_role("button", name="Preview").click()
        await tab.page.get_by_text("2 of 3 codes can be imported.").wait_for()
        assert await tab.page.get_by_role("cell", name="short").count()
        assert await tab.violations() == []
        await tab.page.get_by_label("Import the codes that have no problem").check()
        await tab.page.get_by_role("button", name="Import", exact=True).click()
        await tab.page.get_by_text("2 codes were imported.").wait_for()
        assert await tab.violations() == []
        await tab.page.get_by_role("link", name="Show the batch").click()
        assert await tab.page.get_by_text("2", exact=True).count() == 2


async def test_a_reload_shows_how_far_an_import_is(service, chromium, monkeypatch):
    """The page follows it by itself until there is the report, and so does a page that is opened later."""
    world = await service.world()
    async with chromium.page(service) as tab, halted(monkeypatch) as go_on:
        await tab.open(f"/console/codes/{world.name}/campaigns/spring/import")
        file = {"name": "codes.csv", "mimeType": "text/csv", "buffer": b"code\nAUTUMN-0001\nAUTUMN-0002\nAUTUMN-0003\n"}
        await tab.page.get_by_label("File").set_input_files(file)
        await tab.page.get_by_role("button", name="Import", exact=True).click()
        await tab.page.get_by_text("2 of 3 codes are checked and written.").wait_for()
        await tab.page.reload()
        await tab.page.get_by_text("2 of 3 codes are checked and written.").wait_for()
        assert await tab.violations() == []
        await tab.screenshot("import-progress-desk")
        go_on()
        await tab.page.get_by_text("3 codes were imported.").wait_for()


async def test_a_refusal_is_shown_and_what_was_typed_stays(service, chromium):
    """The form keeps its values, so that a correction does not begin anew."""
    async with chromium.page(service) as tab:
        await tab.open(PAGES["campaign"])
        await tab.page.get_by_label("Number of codes").fill("1000000000000")
        await tab.page.get_by_label("Stored with").or_(tab.page.locator("#f-metadata")).fill("for a show")
        await tab.page.get_by_role("button", name="Issue").click()
        assert "VALIDATION_FAILED" in await tab.page.get_by_role("alert").inner_text()
        assert await tab.page.locator("#f-metadata").input_value() == "for a show"
        assert await tab.violations() == []


EVERY_KIND = (
    {"name": "daily", "resetType": "daily", "resetHour": 4, "resetTimeZone": "America/New_York"},
    {"name": "weekly", "resetType": "weekly", "resetDayOfWeek": "monday", "resetHour": 5},
    {"name": "monthly", "resetType": "monthly", "resetDayOfMonth": 31, "resetHour": 3},
    {"name": "days", "resetType": "days", "anchorTimestamp": 1_700_000_000_000, "days": 3},
)


async def check(tab, path, settings):
    """Check a document in the editor, by keyboard: the button is the stop after the document."""
    await tab.open(path)
    await tab.page.locator("textarea").fill(settings)
    await tab.page.keyboard.press("Tab")
    await tab.page.keyboard.press("Enter")
    await tab.page.locator("#changes").wait_for()


@pytest.mark.parametrize("look", LOOKS)
async def test_resets_of_a_draft_are_drawn(service, chromium, look):
    """Each on a line of time, and what was typed stays in the editor."""
    limits = await make_limits(service)
    async with chromium.page(service, **LOOKS[look]) as tab:
        await check(tab, f"/console/limits/{limits.name}/master-data", limits_document(*EVERY_KIND))
        await tab.page.locator(".plot canvas").nth(3).wait_for()
        await tab.screenshot(f"preview-of-resets-{look}", whole=True)
        assert "America/New_York" in await tab.page.locator("textarea").input_value()
        await tab.page.locator("details.values summary").first.click()
        time = tab.page.locator("details.values time").first
        assert f"{(await time.get_attribute('datetime'))[11:19]} UTC" in await time.inner_text()
        assert await tab.violations() == []
        assert not await tab.overflows()


@pytest.mark.parametrize("look", LOOKS)
async def test_prices_of_a_draft_are_drawn(service, chromium, look):
    """Beside those in force; a price that cannot be computed is explained."""
    exchanges = await make_exchanges(service)
    await exchanges.put_in_force(incremental=[exchanges.incremental()])
    drafts = [
        exchanges.incremental(coefficientValue=15, maximumExchangeCount=30),
        exchanges.incremental(name="power", calculateType="power", coefficientValue=2**55),
    ]
    async with chromium.page(service, **LOOKS[look]) as tab:
        await check(tab, f"/console/exchanges/{exchanges.name}/master-data", rates_document([], drafts))
        await tab.page.locator(".plot canvas").nth(1).wait_for()
        await tab.screenshot(f"preview-of-prices-{look}", whole=True)
        assert "PRICE_TOO_HIGH" in await tab.page.locator("#outcome").inner_text()
        assert await tab.violations() == []
        assert not await tab.overflows()


async def test_a_preview_needs_no_script(service, chromium):
    """Then the tables are open, and hold what would be drawn."""
    limits = await make_limits(service)
    async with chromium.page(service, java_script_enabled=False) as tab:
        await check(tab, f"/console/limits/{limits.name}/master-data", limits_document(*EVERY_KIND))
        assert await tab.page.locator("details.values").count() == len(EVERY_KIND)
        for rows in await tab.page.locator("details.values tbody").all():
            assert await rows.locator("time").first.is_visible()


async def test_master_data_are_compared_and_put_in_force(service, chromium):
    """The page shows the changes first."""
    await service.call("CreateNamespace", name="edited")
    async with chromium.page(service) as tab:
        await tab.open("/console/codes/edited/master-data")
        await tab.page.locator("textarea").fill('{"version": "2022-09-13", "campaignModels": [{"name": "winter"}]}')
        await tab.page.get_by_role("button", name="Check and compare").click()
        await tab.page.get_by_text("+ campaignModels[winter]").wait_for()
        assert await tab.violations() == []
        await tab.page.get_by_role("button", name="Put in force").click()
        await tab.page.get_by_role("status").get_by_text("in force").wait_for()
