"""People who use the console without a browser: pages are requested, and their forms are filled in and sent."""

import contextlib
import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from redeemd.store.sql import query

from support.service import Service, running

# An import that ended, of the namespace with a number, as the console follows it.
IMPORT_OF_CONSOLE = query(
    "import_of_console",
    "INSERT INTO console_import"
    " (namespace_id, import_id, campaign_name, started_at, seen_at, attempt, ended, total, done, sealed)"
    " VALUES (:namespace_id, 'import', 'spring', 1, 1, 1, 1, 1, 1, :sealed)",
)
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_INPUT = re.compile(r'<input\b(?![^>]*checkbox)[^>]*?\bname="([^"]*)"[^>]*?\bvalue="([^"]*)"', re.DOTALL)
_TAGS = re.compile(r"<[^>]+>")


@dataclass
class Shown:
    """A page: its status and headers, the path at which it is, and its HTML."""

    status: int
    headers: Any
    path: str
    html: str

    @property
    def text(self) -> str:
        """The page without its tags."""
        return html.unescape(" ".join(_TAGS.sub(" ", self.html).split()))

    @property
    def refusal(self) -> str:
        """The reason of the refusal that the page shows; "" for none."""
        found = re.search(r'class="refusal".*?<code>([A-Z_]+)</code> · <code>', self.html, re.DOTALL)
        return found[1] if found else ""

    def form(self, action: str, **having: str) -> dict[str, str]:
        """Return what the form of an action has in it before it is filled in.

        Of several forms, that is the one whose fields are as given.
        """
        for text in _FORM.findall(self.html):
            fields = {html.unescape(name): html.unescape(value) for name, value in _INPUT.findall(text)}
            if fields.get("action") == action and having.items() <= fields.items():
                return fields
        raise AssertionError(f"the page has no form {action} with {having}: {self.text}")

    @property
    def actions(self) -> set[str]:
        """The actions that the page has forms for."""
        return set(re.findall(r'name="action" value="([^"]+)"', self.html))


@dataclass
class Person:
    """Somebody with a browser's cookies."""

    url: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **options: Any) -> Shown:
        """Open a page."""
        async with self.session.get(f"{self.url}{path}", **options) as response:
            return Shown(response.status, response.headers, response.url.path, await response.text(errors="replace"))

    async def post(self, path: str, fields: dict[str, str], **options: Any) -> Shown:
        """Send a form; follows to the page that comes after."""
        async with self.session.post(f"{self.url}{path}", data=fields, **options) as response:
            return Shown(response.status, response.headers, response.url.path, await response.text(errors="replace"))

    async def act(self, path: str, action: str, having: dict[str, str] | None = None, **typed: str) -> Shown:
        """Open a page, fill in the form of an action and send it."""
        page = await self.get(path)
        return await self.post(path, page.form(action, **(having or {})) | typed)

    async def log_in(self, secret: str, **fields: str) -> Shown:
        """Log in with a key or a token."""
        return await self.post("/console/login", {"secret": secret, "next": "/console/codes"} | fields)


@contextlib.asynccontextmanager
async def console(folder: Path, **settings: Any) -> AsyncIterator[Service]:
    """Run a server with its console."""
    chosen: dict[str, Any] = {"admin_listen": "127.0.0.1:0", "console": True} | settings
    async with running(folder, **chosen) as service:
        yield service


def address_of(service: Service) -> str:
    """Return the URL of the port that serves the console."""
    return f"http://127.0.0.1:{service.app.components.ports.admin_port}"


@contextlib.asynccontextmanager
async def person(service: Service, **headers: str) -> AsyncIterator[Person]:
    """Return somebody who has not logged in."""
    jar = aiohttp.CookieJar(unsafe=True)  # also for an address without a name
    async with aiohttp.ClientSession(cookie_jar=jar, headers=headers) as session:
        yield Person(address_of(service), session)


@contextlib.asynccontextmanager
async def logged_in(service: Service, key: str = "", **headers: str) -> AsyncIterator[Person]:
    """Return somebody who has logged in, by default the administrator."""
    async with person(service, **headers) as somebody:
        shown = await somebody.log_in(key or service.key)
        assert shown.path != "/console/login", shown.text
        yield somebody
