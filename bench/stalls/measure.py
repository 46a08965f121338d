"""Sends requests one after the other and measures what each costs the server; one that is lost is started again."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from bench.stalls.cases import Case
from bench.stalls.watch import Cost, ServerLost, Watched, watched
from bench.stalls.world import World

SECONDS_MAX = 20.0  # for one request; a server that takes longer is killed
STREAM_SECONDS_MAX = 1.0  # a response that is a stream may have no end
NO_RESPONSE = "no response"
UNDER_WAY = "a stream"  # that did not end in time


@dataclass(frozen=True, slots=True)
class Measured:
    """The outcome of one request."""

    name: str
    bytes_sent: int
    response: str
    cost: Cost


class Lab:
    """A server over one data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._stack = ExitStack()
        self._watched: Watched
        self.world: World
        self.start()

    def start(self) -> None:
        """Start the server."""
        self._watched = self._stack.enter_context(watched(self._data))
        self.world = World(self._watched.server)
        self._stack.callback(self.world.close)

    def stop(self) -> None:
        """Stop the server."""
        self._stack.close()

    def measure_case(self, case: Case) -> Measured:
        """Measure one request of the contract."""
        data = case.build()
        return self.measure(case.name, len(data), lambda: _send(self.world, case, data))

    def measure(self, name: str, size: int, send: Callable[[], str]) -> Measured:
        """Measure what `send` does; it returns the response and may raise ServerLost."""
        before = self._watched.server.cpu_seconds()
        try:
            self._watched.reset(SECONDS_MAX)
            response = send()
            return Measured(name, size, response, self._watched.read(SECONDS_MAX))
        except ServerLost:
            cost = self._watched.least(before)
            self._watched.kill()
            self.stop()
            self.start()
            return Measured(name, size, NO_RESPONSE, cost)


def _send(world: World, case: Case, data: bytes) -> str:
    """Send a request; return OK, or status and reason of the refusal. Raises ServerLost."""
    method = case.method
    path = f"/{method.containing_service.full_name}/{method.name}"
    compression = grpc.Compression.Gzip if case.gzip else None
    seconds = STREAM_SECONDS_MAX if method.server_streaming else SECONDS_MAX
    named: dict[str, Any] = {"metadata": world.metadata(method), "timeout": seconds, "compression": compression}
    kinds = ["stream" if streams else "unary" for streams in (method.client_streaming, method.server_streaming)]
    call: Any = getattr(world.channel, "_".join(kinds))(path)
    try:
        response = call(iter([data]) if method.client_streaming else data, **named)
        if method.server_streaming:
            for _ in response:
                pass
    except grpc.RpcError as error:
        if method.server_streaming and error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
            return UNDER_WAY
        return _refusal(error)
    return "OK"


def _refusal(error: Any) -> str:
    reason = _reason(error)
    if not reason and error.code() in {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE}:
        raise ServerLost from None
    return f"{error.code().name} {reason}".strip()


def _reason(error: Any) -> str:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            info = error_details_pb2.ErrorInfo()
            for detail in status_pb2.Status.FromString(value).details:
                if detail.Unpack(info):
                    return str(info.reason)
    return ""
