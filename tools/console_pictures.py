"""`make console-pictures`: the pictures of docs/how-to/console.md, of a server with weeks of made-up campaigns."""

import asyncio
import random
import subprocess
import tempfile
from pathlib import Path

from support.browser import PHONE, Browser, Tab, browser
from support.clock import ManualClock
from support.console import console
from support.contract import REPOSITORY
from support.exchanges import document as rates_document
from support.exchanges import make_exchanges
from support.limits import document as limits_document
from support.service import Service
from support.world import World

FOLDER = REPOSITORY / "docs" / "how-to" / "console"
FONT = "fonts-vlgothic"  # Debian's package of a font with Japanese characters, which few servers have
DAYS = 40
_DAY_MS = 86_400_000
LIMITS = (
    {"name": "daily", "resetType": "daily", "resetHour": 5, "resetTimeZone": "Asia/Tokyo"},
    {"name": "ever", "resetType": "weekly", "resetDayOfWeek": "monday", "resetHour": 5, "resetTimeZone": "Asia/Tokyo"},
)


async def fill(service: Service, clock: ManualClock) -> None:
    """Issue codes of two campaigns, and use some every day."""
    draw = random.Random(1)  # noqa: S311 -- the same pictures each time
    await service.call("CreateNamespace", name="game", description="Star Harbour")
    world = World(service, "game")
    await world.put_in_force("summer-show", "newsletter")
    for name, peak in (("summer-show", 12), ("newsletter", 25)):
        codes = await world.codes(400, name, metadata=f"{name}, first print run")
        start = clock.now
        for day in range(DAYS):
            clock.now = start + day * _DAY_MS
            for _ in range(min(draw.randint(0, 4) + max(0, 20 - 3 * abs(day - peak)), len(codes))):
                await service.as_player("Use", f"player-{day}", namespace_name="game", code=codes.pop())
        clock.now = start
    clock.now += DAYS * _DAY_MS


async def take(tab: Tab, path: str, name: str, *, width: int, height: int) -> None:
    """Write the picture of a page."""
    await tab.page.set_viewport_size({"width": width, "height": height})
    await tab.open(path)
    await tab.page.wait_for_timeout(500)  # plots are drawn in the next frames
    await tab.page.screenshot(path=FOLDER / f"{name}.png")


async def preview(tab: Tab, namespace: str, draft: str, name: str) -> None:
    """Write the picture of what a draft of master data changes."""
    await tab.page.set_viewport_size({"width": 1000, "height": 800})
    await tab.open(f"{namespace}/master-data")
    await tab.page.locator("textarea").fill(draft)
    await tab.page.get_by_role("button", name="Check and compare").click()
    await tab.page.locator(".plot canvas").first.wait_for()
    await tab.page.wait_for_timeout(500)  # plots are drawn in the next frames
    await tab.page.locator("#outcome").screenshot(path=FOLDER / f"{name}.png")


async def pictures(service: Service, chromium: Browser) -> None:
    """Write all pictures."""
    campaign = "/console/codes/game/campaigns/summer-show"
    rates = await make_exchanges(service)
    await rates.put_in_force(incremental=[rates.incremental(coefficientValue=5, maximumExchangeCount=40)])
    async with chromium.page(service) as tab:
        await take(tab, f"{campaign}?by=day&with=newsletter", "campaign", width=1000, height=800)
        await take(tab, f"{campaign}/import", "import", width=1000, height=800)
        await tab.page.get_by_label("File").set_input_files(
            {"name": "codes.csv", "mimeType": "text/csv", "buffer": b"code,run\nWINTER-7F3K,1\nWINTER-9QX2,1\nW1,2\n"}
        )
        await tab.page.get_by_role("button", name="Preview").click()
        await tab.page.get_by_text("codes can be imported").wait_for()
        await tab.page.locator("#preview").screenshot(path=FOLDER / "import.png")
        await preview(tab, f"/console/limits/{rates.limits.name}", limits_document(*LIMITS), "resets")
        [code] = await World(service, "game").codes(1, "summer-show")
        await service.as_player("Use", "mari", namespace_name="game", code=code)
        await tab.open("/console/codes/game/code")
        await tab.page.get_by_label("Code").fill(code)
        await tab.page.get_by_role("button", name="Find").click()
        await tab.page.get_by_role("heading", name=code).wait_for()
        await tab.page.screenshot(path=FOLDER / "code.png")
        draft = rates.incremental(coefficientValue=8, maximumExchangeCount=30)
        await preview(tab, f"/console/exchanges/{rates.name}", rates_document([], [draft]), "prices")
    async with chromium.page(service, viewport=PHONE, color_scheme="dark", locale="ja") as tab:
        await take(tab, campaign, "phone", **PHONE)


async def main(folder: Path, fonts: Path) -> None:
    """Start what is needed."""
    clock = ManualClock()
    async with console(folder, clock=clock) as service, browser(fonts=fonts) as chromium:
        await fill(service, clock)
        await pictures(service, chromium)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        found = Path(scratch, "fonts")
        fetch = [str(REPOSITORY / "tests/support/get_debian.sh"), str(found), "none", FONT]
        subprocess.run(fetch, check=True)  # noqa: S603 -- our own program
        asyncio.run(main(Path(scratch, "data"), found))
