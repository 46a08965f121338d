"""The libraries with which web pages call: Connect and gRPC-Web of npm, driven by a program of tests/door/browser."""

import base64
import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from support import lacking
from support.built import NPM_CI, built
from support.contract import REPOSITORY
from support.line_program import LineProgram, running_program
from support.service import Service

DESCRIPTORS = REPOSITORY / "generated" / "descriptors" / "redeem.binpb"
CONNECT = ("connect json", "connect proto", "connect get", "connect get proto", "connect node")
GRPC_WEB = ("connect grpc-web", "grpc-web text", "grpc-web binary")
CLIENTS = (*CONNECT, *GRPC_WEB)
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


class Page:
    """The running program: stands for a web page."""

    def __init__(self, program: LineProgram) -> None:
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
    ) -> None:
        """Begin a call, which ends after `take` messages."""
        self._program.write(
            {
                "id": next(self._numbers),
                "client": client,
                "method": [method.containing_service.full_name, method.name],
                "request": json_format.MessageToDict(request),
                "headers": dict(headers),
                "timeoutMs": timeout_ms,
                "take": take,
            }
        )

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
async def page(service: Service, folder: Path) -> AsyncIterator[Page]:
    """Run the program."""
    endpoint = f"http://127.0.0.1:{service.http_port}"
    async with running_program("node", folder / "calls.mjs", endpoint, DESCRIPTORS) as program:
        await program.read()
        yield Page(program)
