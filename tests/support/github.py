"""A stand-in for GitHub's contents API, as far as a checkout needs it.

https://docs.github.com/en/rest/repos/contents, "Get repository content".
"""

import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from redeem.common.v1 import common_pb2

from support.service import Headers, Refusal, refused
from support.uploads import in_force
from support.world import World

TOKEN = "ghp_5f1c9a7e-canary"
KEYS = f"main={TOKEN} wrong=ghp_wrong"
COMMIT, BRANCH, TAG = (
    common_pb2.GIT_HUB_REFERENCE_TYPE_COMMIT_HASH,
    common_pb2.GIT_HUB_REFERENCE_TYPE_BRANCH,
    common_pb2.GIT_HUB_REFERENCE_TYPE_TAG,
)
_CONTENTS = re.compile(r"^/repos/(?P<repository>[^/]+/[^/]+)/contents/(?P<path>.+)$")


class GitHub:
    """Holds files by (repository, path, ref), and notes the requests.

    answer, if set, is an async function of a request that answers it instead.
    """

    def __init__(self) -> None:
        self.files: dict[tuple[str, str, str], bytes] = {}
        self.asked: list[web.BaseRequest] = []
        self.answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]] | None = None
        self.url = ""

    def put(
        self, data: bytes, repository: str = "studio/game", path: str = "master.json", ref: str = "refs/heads/main"
    ) -> None:
        """Add a file to the repository."""
        self.files[repository, path, ref] = data

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return one request."""
        self.asked.append(request)
        return self.look_up(request) if self.answer is None else await self.answer(request)

    def look_up(self, request: web.BaseRequest) -> web.Response:
        """Return a file, or why not."""
        wrong = _wrong_headers(request)
        if wrong is not None:
            return web.json_response({"message": "Bad request"}, status=wrong)
        asked = place(request)
        if request.method != "GET" or asked not in self.files:
            return web.json_response({"message": "Not Found"}, status=404)
        return web.Response(body=self.files[asked], content_type="application/vnd.github.raw+json")


def place(request: web.BaseRequest) -> tuple[str, str, str] | None:
    """Return which file a request is for: repository, path and ref; None if it is no request for a file."""
    found = _CONTENTS.match(request.rel_url.raw_path)
    if found is None or list(request.query) != ["ref"]:
        return None
    parts = [unquote(part) for part in found["path"].split("/")]  # a %2F is a slash in a name, as GitHub reads it
    return found["repository"], "/".join(parts), request.query["ref"]


def _wrong_headers(request: web.BaseRequest) -> int | None:
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        return 401
    if "User-Agent" not in request.headers:
        return 403
    if request.headers.get("Accept") != "application/vnd.github.raw+json":
        return 415
    return None if request.headers.get("X-GitHub-Api-Version") == "2022-11-28" else 400


@contextlib.asynccontextmanager
async def github() -> AsyncIterator[GitHub]:
    """Run a stand-in on a free port."""
    stand_in = GitHub()
    runner = web.ServerRunner(web.Server(stand_in.serve, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield stand_in
    finally:
        await runner.cleanup()


async def check_out(world: World, headers: Headers = (), **fields: Any) -> Any:
    """Put a file in force, master.json of the branch main by default."""
    plain = {
        "api_key_id": "main",
        "repository_name": "studio/game",
        "source_path": "master.json",
        "reference_type": BRANCH,
        "branch_name": "main",
    }
    return await world.call(
        "UpdateCurrentCampaignMasterFromGitHub", headers=headers, checkout_setting={**plain, **fields}
    )


async def expect_refusal(world: World, reason: str, **fields: Any) -> Refusal:
    """Check out, expect a refusal that changes nothing and does not reveal the key; return it."""
    with refused(reason) as refusal:
        await check_out(world, **fields)
    assert await in_force(world) == ["spring"]
    assert "ghp_" not in f"{refusal.message} {refusal.metadata} {refusal.fields}"
    return refusal


def answer_with(hub: GitHub, status: int = 200, body: bytes = b"", **headers: str) -> None:
    """Make GitHub give the same response to every request."""

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, body=body, headers=headers)

    hub.answer = answer
