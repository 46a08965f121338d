"""The vendor's own SDK of npm, driven by a program of tests/door/npm."""

import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from support import lacking
from support.built import NPM_CI, built
from support.contract import REPOSITORY
from support.games import Outcome
from support.line_program import LineProgram, running_program
from support.service import Service

SOURCE = REPOSITORY / "tests" / "door" / "npm"

Call = tuple[str, str, dict[str, Any]]  # the service, the method, and the members of its request


def installed() -> Path:
    """Return the folder where the SDK is installed; skip the test where there is no npm."""
    lacking.program("npm")
    return built(SOURCE, NPM_CI)


class NpmSdk:
    """The running program. `methods` has those of the SDK's clients by service."""

    def __init__(self, program: LineProgram) -> None:
        self._program = program
        self.methods: dict[str, list[str]] = {}

    async def start(self) -> None:
        """Wait until the SDK is logged in."""
        self.methods = await self._program.read()

    async def call(self, kind: str, calls: Sequence[Call]) -> list[Outcome]:
        """Make calls at once, over `rest` or over `socket`; return what the SDK reads of each response."""
        wanted = [
            {"kind": kind, "service": service, "method": method, "members": members}
            for service, method, members in calls
        ]
        self._program.write(wanted)
        return [_outcome(**answer) for answer in await self._program.read()]


def _outcome(result: Any = None, thrown: Any = None) -> Outcome:
    """Return an outcome; over a WebSocket the SDK throws the body of the response, and over REST the errors in it."""
    if thrown is None:
        return Outcome(result, [])
    errors = json.loads(thrown["message"]) if isinstance(thrown, dict) else thrown
    assert isinstance(errors, list), errors
    assert errors, "the SDK read no response"
    return Outcome({}, errors)


class NpmSession:
    """See games.Session."""

    def __init__(self, sdk: NpmSdk, kind: str) -> None:
        self._sdk = sdk
        self._kind = kind

    async def call(self, service: str, function: str, **members: Any) -> Outcome:
        """See games.Session."""
        [outcome] = await self._sdk.call(self._kind, [(service, function, members)])
        return outcome

    async def put_in_force(self, service: str, kind: str, namespace: str, document: str) -> Outcome:
        """See games.Session."""
        return await self.call(service, f"updateCurrent{kind}Master", namespaceName=namespace, settings=document)


@contextlib.asynccontextmanager
async def running(service: Service, folder: Path) -> AsyncIterator[NpmSdk]:
    """Run the program, logged in with the halves of a key."""
    endpoint = f"http://127.0.0.1:{service.http_port}"
    async with running_program("node", folder / "calls.js", endpoint, *service.key.split(".")) as program:
        sdk = NpmSdk(program)
        await sdk.start()
        yield sdk
