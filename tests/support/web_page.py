"""The libraries with which web pages call: Connect and gRPC-Web of npm, in Chromium and in a program of Node.js."""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import subprocess
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from support import lacking
from support.built import BUILD_SECONDS, NPM_CI, built
from support.contract import REPOSITORY
from support.line_program import running_program
from support.patience import WAIT_SECONDS

DESCRIPTORS = REPOSITORY / "generated" / "descriptors" / "redeem.binpb"
CONNECT = ("connect json", "connect proto", "connect get", "connect get proto", "connect node")
GRPC_WEB = ("connect grpc-web", "connect grpc-web gzip", "grpc-web text", "grpc-web binary")
IN_NODE = (*CONNECT, *GRPC_WEB)
_DETAILS = "grpc-status-details-bin"


@dataclass
class Said:
    """The result of a library: messages, or an error with its code in lower case without underscores."""

    code: str
    messages: list[Any]
    message: str = ""
    reasons: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)


def installed() -> Path:
    """Return the folder where the libraries are installed; skip the test where there is no npm."""
    lacking.program("npm")
    return built(REPOSITORY / "tests" / "door" / "browser", NPM_CI)


class Program(Protocol):
    """A page in a browser, or a program that stands for one."""

    def write(self, given: Any) -> None:
        """Make it call, or end a call."""

    async def read(self) -> Any:
        """Return the next outcome."""


class Page:
    """A page that is open."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._numbers = itertools.count()

    def send(
        self,
        client: str,
        method: MethodDescriptor,
        request: Message,
        headers: Mapping[str, str] = {},
        *,
        timeout_ms: int | None = None,
        take: int | None = None,
    ) -> int:
        """Begin a call, which ends after `take` messages; return its number."""
        number = next(self._numbers)
        self._program.write(
            {
                "id": number,
                "client": client,
                "method": [method.containing_service.full_name, method.name],
                "request": json_format.MessageToDict(request),
                "headers": dict(headers),
                "timeoutMs": timeout_ms,
                "take": take,
            }
        )
        return number

    def abort(self, number: int) -> None:
        """End a call, as AbortController does."""
        self._program.write({"abort": number})

    async def receive(self) -> Said:
        """Return the outcome of the next call that has one."""
        answer = await self._program.read()
        answer.pop("id", None)
        said = Said(**answer)
        said.code = said.code.replace("_", "").lower().replace("cancelled", "canceled")
        if _DETAILS in said.details:  # grpc-web leaves them to programs
            text = said.trailers[_DETAILS]
            _read_details(said, text)
        return said

    async def call(self, client: str, method: MethodDescriptor, request: Message, *args: Any, **options: Any) -> Said:
        """Make a call, and return its outcome."""
        self.send(client, method, request, *args, **options)
        return await self.receive()


def _read_details(said: Said, text: str) -> None:
    status = status_pb2.Status.FromString(base64.b64decode(text + "=" * (-len(text) % 4)))
    said.details = [detail.TypeName() for detail in status.details]
    infos = [detail for detail in status.details if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR)]
    said.reasons = [error_details_pb2.ErrorInfo.FromString(info.value).reason for info in infos]


@contextlib.asynccontextmanager
async def in_node(server: str) -> AsyncIterator[Page]:
    """Run the program, which calls the server of a URL."""
    async with running_program("node", installed() / "calls.mjs", server, DESCRIPTORS) as program:
        yield Page(program)


@dataclass(frozen=True)
class Site:
    """The server of a page: of another origin than redeemd, and of two, because a host with two names has two."""

    origin: str
    stranger: str


@contextlib.asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    """Bundle the page with our stubs in a folder, and serve it."""
    await asyncio.to_thread(_bundle, folder)
    pages = web.Application()
    pages.add_routes([web.static("/", folder)])
    runner = web.AppRunner(pages)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    try:
        yield Site(f"http://127.0.0.1:{port}", f"http://localhost:{port}")
    finally:
        await runner.cleanup()


def _bundle(folder: Path) -> None:
    """Write page.html and its script to a folder."""
    programs = installed()
    modules = programs / "node_modules"
    stubs = {"local": str(modules / ".bin" / "protoc-gen-es"), "out": ".", "strategy": "all", "include_imports": True}
    template = {"version": "v2", "plugins": [{**stubs, "opt": ["target=js", "import_extension=js"]}]}
    _run("buf", "generate", DESCRIPTORS, "--template", json.dumps(template), "--output", folder / "stubs")
    esbuild = modules / ".bin" / "esbuild"
    out = f"--alias:redeemd-client-connect={folder / 'stubs'}", f"--outfile={folder / 'page.js'}"
    _run(esbuild, programs / "page.mjs", "--bundle", "--log-level=warning", *out, NODE_PATH=str(modules))
    (folder / "page.html").write_text('<!doctype html><script src="page.js"></script>')


def _run(program: str | Path, *arguments: str | Path, **variables: str) -> None:
    command = [lacking.program(str(program)), *arguments]
    subprocess.run(command, env={**os.environ, **variables}, check=True, timeout=BUILD_SECONDS)


class _Tab:
    """A tab of Chromium."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._calls: set[asyncio.Task[None]] = set()
        self.outcomes: asyncio.Queue[Any] = asyncio.Queue()

    def write(self, given: Any) -> None:
        """See Program."""
        self._calls.add(asyncio.create_task(self._page.evaluate("hear", given)))

    async def read(self) -> Any:
        """See Program."""
        async with asyncio.timeout(WAIT_SECONDS):
            return await self.outcomes.get()


@contextlib.asynccontextmanager
async def in_chromium(chromium: Any, server: str, origin: str) -> AsyncIterator[Page]:
    """Open the page of a site in Chromium, in a context of its own; it calls the server of a URL."""
    async with await chromium.new_context() as context:
        page = await context.new_page()
        tab = _Tab(page)
        await page.expose_function("told", tab.outcomes.put_nowait)
        await page.goto(f"{origin}/page.html?server={server}")
        yield Page(tab)
