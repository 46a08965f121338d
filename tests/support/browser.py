"""Chromium, without a window, for tests of pages."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from support import lacking
from support.built import NPM_CI, built
from support.console import address_of
from support.contract import REPOSITORY
from support.service import Service

ARTEFACTS = REPOSITORY / "tests" / "console" / ".screenshots"
_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
_AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Browser:
    """One browser. Each person has a context of its own, so cookies of its own."""

    def __init__(self, started: Any) -> None:
        """`started` is that of `chromium`. Skips the test where npm is missing."""
        lacking.program("npm")
        modules = built(REPOSITORY / "tests" / "console" / "npm", NPM_CI) / "node_modules"
        self._started = started
        self._axe = (modules / "axe-core/axe.min.js").read_text(encoding="utf-8")

    @contextlib.asynccontextmanager
    async def page(self, service: Service, key: str = "", **options: Any) -> AsyncIterator["Tab"]:
        """Open a tab, and log in with a key, by default that of the administrator."""
        async with self.stranger(service, **options) as tab:
            await tab.log_in(key or service.key)
            yield tab

    @contextlib.asynccontextmanager
    async def stranger(self, service: Service, **options: Any) -> AsyncIterator["Tab"]:
        """Open a tab without logging in."""
        context = await self._started.new_context(
            **{"viewport": DESK, "locale": "en", "timezone_id": "Asia/Tokyo"} | options
        )
        context.set_default_timeout(30_000)
        try:
            tab = Tab(await context.new_page(), address_of(service), self._axe)
            yield tab
            assert not tab.problems, tab.problems
        finally:
            await context.close()


class Tab:
    """A page in the browser. `problems` are what its console says: errors of scripts, and what the policy blocks."""

    def __init__(self, page: Any, url: str, axe: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        self._axe = axe
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        # A page that shows a refusal has its status, which the browser reports.
        if message.type in {"error", "warning"} and "the server responded with a status" not in message.text:
            self.problems.append(message.text)

    async def log_in(self, key: str) -> None:
        """Log in by the form."""
        await self.page.goto(f"{self.url}/console/login")
        await self.page.get_by_label("Secret, key or token").or_(self.page.get_by_label("シークレット")).fill(key)
        await self.page.locator("main form.stacked button").click()
        await self.page.wait_for_url("**/console/codes")

    async def open(self, path: str) -> int:
        """Open a page; return its status."""
        response = await self.page.goto(f"{self.url}{path}")
        return int(response.status)

    async def press(self, name: str, within: str = "main") -> None:
        """Press the button or the link of a name by keyboard."""
        there = self.page.locator(within).locator("button, a, summary")
        await there.get_by_text(name, exact=True).locator("visible=true").first.focus()
        await self.page.keyboard.press("Enter")

    async def confirm(self, question: Any) -> None:
        """Open what an action asks first, and press its button, by keyboard."""
        await question.focus()
        await self.page.keyboard.press("Enter")
        await self.page.locator("details[open] form button").focus()
        await self.page.keyboard.press("Enter")

    async def outcome(self, picture: str) -> str:
        """Return what the page says about an action, which must be accessible, and take a picture."""
        said = self.page.locator(".notice, .refusal").first
        await said.wait_for()
        await self.screenshot(f"action-{picture}")
        assert await self.violations() == []
        return str(await said.inner_text())

    async def violations(self) -> list[str]:
        """Return what axe finds wrong with the accessibility of the page."""
        # As a debugger does: the policy of the page forbids other scripts.
        await self.page.evaluate(self._axe)
        found = await self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", _AXE_RULES
        )
        return [f"{each['id']}: {node['html'][:200]}" for each in found["violations"] for node in each["nodes"]]

    async def overflows(self) -> bool:
        """Return whether the page is wider than the window."""
        wide: bool = await self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        return wide

    async def screenshot(self, name: str, *, whole: bool = False) -> Path:
        """Write a picture of the window, or of the whole page."""
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        await self.page.screenshot(path=path, full_page=whole)
        return path


@contextlib.asynccontextmanager
async def chromium(*, fonts: Path | None = None) -> AsyncIterator[Any]:
    """Start Chromium; skip the test where there is none. `fonts` is a folder with more fonts."""
    playwright = lacking.module("playwright.async_api")
    program = lacking.program("chromium")
    with tempfile.TemporaryDirectory() as folder:
        _use_fonts(folder, fonts)
        async with playwright.async_playwright() as driver:
            started = await driver.chromium.launch(
                executable_path=program, args=_ARGUMENTS, env={"HOME": folder, "PATH": "/usr/bin:/bin"}
            )
            try:
                yield started
            finally:
                await started.close()


@contextlib.asynccontextmanager
async def browser(*, fonts: Path | None = None) -> AsyncIterator[Browser]:
    """Start Chromium for pages of the console alone; skip the test where it, or npm, is missing."""
    async with chromium(fonts=fonts) as started:
        yield Browser(started)


def _use_fonts(home: str, fonts: Path | None) -> None:
    if fonts is not None:
        Path(home, ".fonts").symlink_to(fonts)
