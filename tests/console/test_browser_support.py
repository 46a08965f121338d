"""The pages for support in Chromium: what only scripts and forms show."""

from support.user_data import use_all


async def test_a_code_is_found_and_its_use_taken_back(service, chromium):
    """The page is accessible in each state of the code."""
    world = await service.world()
    [code] = await world.codes(1)
    await use_all(world, [code], "alice")
    async with chromium.page(service) as tab:
        await tab.open(f"/console/codes/{world.name}/code")
        await tab.page.get_by_label("Code").fill(code)
        await tab.page.get_by_role("button", name="Find").click()
        await tab.page.get_by_role("heading", name=code).wait_for()
        assert await tab.violations() == []
        await tab.screenshot("code-found-desk")
        await tab.page.locator("details.confirm summary").click()
        await tab.page.get_by_role("button", name="Take the use back").click()
        await tab.page.get_by_role("status").get_by_text("taken back").wait_for()
        await tab.page.get_by_role("button", name="Switch off").wait_for()
        assert await tab.violations() == []


async def test_events_appear_without_a_reload(service, chromium):
    """With the times of the viewer, and accessible."""
    world = await service.world()
    codes = await world.codes(2)
    async with chromium.page(service) as tab:
        await tab.open("/console/events")
        await use_all(world, codes, "alice")
        await tab.page.locator("ol.events li", has_text="alice").nth(1).wait_for()
        assert await tab.page.locator("ol.events time[data-shown]").count() == 2
        assert await tab.violations() == []
        await tab.screenshot("events-happened-desk")
