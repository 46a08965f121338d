"""A provider by others: the example of github.com/zitadel/oidc, whose library is certified for OpenID Connect.

It takes each code once and verifies PKCE, the secret and the redirect URI.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from support.patience import WAIT_SECONDS
from support.programs import free_port
from support.tools import tool

CLIENT_ID, SECRET = "web", "secret"  # as the example has them, like the next
USER, PASSWORD, SUBJECT = "test-user@localhost", "verysecure", "id1"


@contextlib.asynccontextmanager
async def providing(folder: Path) -> AsyncIterator[dict[str, Any]]:
    """Run the provider; return the settings of a server whose console is its client."""
    port, address = free_port(), f"127.0.0.1:{free_port()}"
    issuer = f"http://localhost:{port}/"
    redirect = f"http://{address}/console/login/callback"
    with (folder / "provider.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            tool("server"), env=os.environ | {"PORT": str(port), "REDIRECT_URI": redirect}, stdout=log, stderr=log
        )
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not await _serves(issuer):  # noqa: ASYNC110 -- another process
                    await asyncio.sleep(0.05)
            yield {
                "identities": _identities(folder, issuer),
                "console_issuer": issuer,
                "console_client_id": CLIENT_ID,
                "console_client_secret_file": _secret(folder),
                "console_url": f"http://{address}",
                "admin_listen": address,
            }
        finally:
            process.terminate()
            await process.wait()


def _secret(folder: Path) -> Path:
    path = folder / "client.secret"
    path.write_text(SECRET)
    return path


def _identities(folder: Path, issuer: str) -> Path:
    path = folder / "identities.json"
    settings = {
        "audiences": [CLIENT_ID],
        "algorithms": ["RS256"],
        "jwksUrl": f"{issuer}keys",
        "roleClaim": ["sub"],
        "roles": {SUBJECT: {"role": "admin"}},
    }
    path.write_text(json.dumps({"issuers": {issuer: settings}}))
    return path


async def _serves(issuer: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{issuer}healthz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False
