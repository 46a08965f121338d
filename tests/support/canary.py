"""Everything that a server emits except responses: its log, Python's logging, its metrics, its refusals."""

import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from redeemd.base.telemetry import Telemetry

from support.contract import answers
from support.service import Metadata, Service, running

CANARY = "canary-5f1c9a7e"


@dataclass
class Told:
    """The output of a server, as text."""

    log: str = ""
    logging: str = ""
    metrics: str = ""
    refusals: list[str] = field(default_factory=list)

    def holds(self, text: str) -> list[str]:
        """Return where a text is found; the log is JSON, and has texts as JSON spells them."""
        places = {"logging": self.logging, "metrics": self.metrics, "refusals": "".join(self.refusals)}
        found = ["log"] if json.dumps(text)[1:-1] in self.log else []
        return found + [place for place, told in places.items() if text in told]

    def calls(self) -> list[dict[str, Any]]:
        """Return the lines of the log about calls, read as JSON."""
        return [line for line in map(json.loads, self.log.splitlines()) if line["event"] == "call"]

    def reasons(self) -> set[str]:
        """Return how calls ended: OK, or the reason of a refusal."""
        return {line.get("reason", "OK") for line in self.calls()}


@contextlib.asynccontextmanager
async def overheard(folder: Path) -> AsyncIterator[tuple[Service, Told]]:
    """Run a server and listen; yields the service and its output, which is complete when the block ends."""
    log, lines, told = io.StringIO(), io.StringIO(), Told()
    telemetry = Telemetry(log=log)
    handler = logging.StreamHandler(lines)
    logging.getLogger().addHandler(handler)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("support.service.Telemetry", lambda: telemetry)
            async with running(folder) as service:
                yield service, told
                told.metrics = telemetry.render().decode()
    finally:
        logging.getLogger().removeHandler(handler)
        telemetry.close()
        told.log, told.logging = log.getvalue(), lines.getvalue()


async def send(service: Service, told: Told, method: MethodDescriptor, request: Any, metadata: Metadata) -> list[bytes]:
    """Call; return what came, as bytes. Keep all of a refusal: its text, its details, what came with it."""
    try:
        return [data async for data in answers(service, method, request.SerializeToString(), metadata)]
    except grpc.aio.AioRpcError as error:
        parts = [error.details(), error.debug_error_string()]
        for name, value in (*error.initial_metadata(), *error.trailing_metadata()):
            parts += [name, value.decode("latin-1") if isinstance(value, bytes) else value]
        told.refusals.append("\n".join(map(str, parts)))
        return []
