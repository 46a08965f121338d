"""A log that a test reads while it is written."""

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import MethodDescriptor
from redeemd.base.telemetry import Telemetry

from support.contract import METHODS
from support.service import Service, running
from support.world import World

LOGS = "grn:gs2:local:redeemd:log:all-calls"


class Heard:
    """Stands in for redeemd.base.telemetry.LineLog. When a call has its response, its line is there."""

    waiting = 0

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        """See LineLog."""
        self.lines.append(line)

    def close(self) -> None:
        """See LineLog."""

    def events(self, event: str) -> list[dict[str, Any]]:
        """Return all lines of a kind, read as JSON."""
        return [line for line in map(json.loads, self.lines) if line["event"] == event]

    def calls(self, rpc: str) -> list[dict[str, Any]]:
        """Return the lines of a method's calls, read as JSON."""
        return [line for line in self.events("call") if line["method"].rpartition("/")[2] == rpc]

    def last(self, rpc: str) -> dict[str, Any]:
        """Return the line of a method's last call."""
        return self.calls(rpc)[-1]


@contextlib.asynccontextmanager
async def heard(folder: Path, **options: Any) -> AsyncIterator[Service]:
    """Run a server; yields it, and what it logs as `service.heard`."""
    telemetry: Any = Telemetry()
    telemetry._log = log = Heard()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("support.service.Telemetry", lambda: telemetry)
        async with running(folder, **options) as service:
            service.heard = log
            yield service


async def logged_world(service: Service) -> World:
    """Make a namespace with a log setting, and the campaign `spring` in force."""
    world = await service.world()
    await world.call("UpdateNamespace", log_setting={"logging_namespace_id": LOGS})
    return world


ADDITIONS = {"logging_namespace_id", "user_id", "messages_sent", "request", "answer"}


def added(line: dict[str, Any]) -> dict[str, Any]:
    """Return what a line has beyond the ordinary."""
    return {name: value for name, value in line.items() if name in ADDITIONS}


def method_named(name: str) -> MethodDescriptor:
    """Return a method of the contract; of those that the three services share, that of SerialKey."""
    named = {method.containing_service.name: method for method in METHODS if method.name == name}
    return named.get("SerialKeyService") or next(iter(named.values()))
