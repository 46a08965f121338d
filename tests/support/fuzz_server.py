"""A server that is fuzzed: things that requests can be about, the rule for its responses, and that it is still well."""

import contextlib
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Any

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from redeemd.base.telemetry import Telemetry
from redeemd.store.base import Row, Tx
from redeemd.store.sql import Query, query

from support.contract import ENDLESS, FILES, policy_of
from support.fuzz_world import FuzzedWorld
from support.http import exchange
from support.service import Metadata, Refusal, Service, one_server, read_refusal

NOWHERE = "http://127.0.0.1:1"
ANSWER_SECONDS_MAX = 30  # longer is a call that hangs
STREAMED_MAX = 3  # responses that are read from a stream

REASONS = {
    value.name.removeprefix("ERROR_REASON_")
    for file in FILES.values()
    for enum in file.enum_types_by_name.values()
    if enum.name == "ErrorReason"
    for value in enum.values
} - {"UNSPECIFIED"}
OUR_FAULT = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DEADLINE_EXCEEDED}

_INTEGRITY = query("integrity", "PRAGMA integrity_check")
# Rows that no sequence of calls may make: a used code without a time, a count below 0, an await that lost its rate.
_ODD_ROWS = query(
    "odd_rows",
    "SELECT (SELECT COUNT(*) FROM serial_key WHERE status = 2 AND used_at IS NULL)"
    " + (SELECT COUNT(*) FROM serial_key WHERE status <> 2 AND used_user_id IS NOT NULL)"
    " + (SELECT COUNT(*) FROM counter WHERE count < 0)"
    " + (SELECT COUNT(*) FROM idempotency WHERE answer IS NULL) AS number",
)


@contextlib.contextmanager
def fuzzed_server() -> Iterator["Fuzzed"]:
    """Run a server to be fuzzed; yields a Fuzzed."""
    defects: list[BaseException] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Telemetry, "defect", lambda _self, error, _request_id="": defects.append(error))
        with one_server(github_url=NOWHERE) as (service, run):
            fuzzed = Fuzzed(service, run, defects)
            run(fuzzed.begin())
            yield fuzzed


class Fuzzed(FuzzedWorld):
    """A server that is called with anything, and the rules that hold whatever it is called with."""

    def __init__(self, service: Service, run: Any, defects: list[BaseException]) -> None:
        super().__init__(service)
        self.run = run
        self.defects = defects
        self.used = 0

    def take_defects(self) -> list[BaseException]:
        """Return what broke inside since the last time; each is reported once, so that shrinking works."""
        found, self.defects[:] = list(self.defects), []
        return found

    def metadata(self, who: str, extra: Metadata) -> Metadata:
        """Return the metadata of a call by somebody: the keys above, or a player."""
        if who in self.tokens:
            return (*self.service.admin, ("x-access-token", self.tokens[who]), *extra)
        return (*self.keys[who], *extra)

    async def call(self, method: MethodDescriptor, pieces: Sequence[bytes], metadata: Metadata) -> Refusal | None:
        """Call a method with bytes; return its refusal, None when it succeeded. Asserts the rule for responses."""
        path = f"/{method.containing_service.full_name}/{method.name}"
        channel: Any = self.service.channel
        options: dict[str, Any] = {"metadata": metadata, "timeout": ANSWER_SECONDS_MAX}
        output = message_factory.GetMessageClass(method.output_type)
        try:
            if method.server_streaming:
                most = 1 if method.name in ENDLESS else STREAMED_MAX
                await _read_some(channel.unary_stream(path)(pieces[0], **options), output, most)
            elif method.client_streaming:
                output.FromString(await channel.stream_unary(path)(iter(pieces), **options))
            else:
                output.FromString(await channel.unary_unary(path)(pieces[0], **options))
        except grpc.aio.AioRpcError as error:
            assert error.code() not in OUR_FAULT, f"{error.code()}: {error.details()} {self.take_defects()}"
            refusal = read_refusal(error)
            assert refusal.reason in REASONS, refusal
            return refusal
        self._changed = self._changed or policy_of(method).writes
        return None

    def http(self, line: str, headers: Mapping[str, str], body: bytes, *, known: bool) -> bytes:
        """Send a request with the given first line, as the administrator if `known`; return the whole response."""
        headers = {**headers, "Host": "127.0.0.1", "Connection": "close", "Content-Length": str(len(body))}
        if known:
            headers["Authorization"] = f"Bearer {self.service.key}"
        head = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        response: bytes = self.run(exchange(self.service, f"{line}\r\n{head}\r\n".encode(), body))
        return response

    async def check(self) -> None:
        """Assert that nothing broke inside, that an honest player is served, and that the store is sound."""
        assert self.take_defects() == []
        code = self.honest_codes[self.used % len(self.honest_codes)]
        used = [(await self.honest.as_player("Use", "honest", code=code)).item.used_user_id]
        self.used += 1
        refusal = await self._refusal(self.honest.as_player("Use", "thief", code=code))
        assert (used, refusal.reason) == (["honest"], "CODE_STATUS_INVALID")
        assert (await self._only(_INTEGRITY))["integrity_check"] == "ok"
        assert (await self._only(_ODD_ROWS))["number"] == 0

    async def check_honest(self) -> None:
        """Assert that exactly the honest redemptions were made in the honest namespace."""
        found = (await self.honest.call("DescribeRedemptions", limit=1000)).items
        assert {key.code: key.used_user_id for key in found} == dict.fromkeys(self.honest_codes[: self.used], "honest")

    async def _refusal(self, call: Awaitable[object]) -> Refusal:
        try:
            await call
        except grpc.aio.AioRpcError as error:
            return read_refusal(error)
        raise AssertionError("not refused")

    async def _only(self, found: Query) -> Row:
        async def body(tx: Tx) -> Any:
            return await tx.one(found)

        return await self.service.store.run(body, write=False)


async def _read_some(stream: Any, output: Any, most: int) -> None:
    count = 0
    async for data in stream:
        output.FromString(data)
        count += 1
        if count == most:
            stream.cancel()
            return
