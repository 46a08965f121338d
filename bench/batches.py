"""Redeeming in batches and on streams against one call for each redemption: CPU per redemption, interleaved."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import grpc
from redeem.serialkey.v1 import requests_pb2 as pb

from bench import generator, interleaved, machine, servers
from bench.admin_client import NAMESPACE, AdminClient, player, use_bodies
from bench.interleaved import Progress, Way
from bench.servers import Server

UNARY = "Use"
SIZES = (1, 8, 64, 256, 1000)  # of a BatchUse
STREAMED = (1, 64)  # items of a message of UseStream
UNDER_WAY = 4  # batches or streams at once

_SERVICE = "/redeem.serialkey.v1.SerialKeyService"
_STREAM = f"{_SERVICE}/UseStream"
_PLAYERS = 128
_SMALL = 8  # items; smaller batches get fewer redemptions, because each costs more


@dataclass(frozen=True, slots=True)
class Batches:
    """Medians of microseconds of CPU per redemption, by what was called."""

    cpu_us: dict[str, float]
    rounds: int
    redemptions: int  # of each, in a round

    def times(self, name: str) -> float:
        """Return how many redemptions of a kind cost as much as one call of Use."""
        return self.cpu_us[UNARY] / self.cpu_us[name]


COLUMNS = ("call", "CPU us/redemption", "x Use per core")


def rows(batches: Batches) -> list[tuple[str, str, str]]:
    """Return the rows of the table."""
    return [(name, f"{cpu_us:.0f}", f"{batches.times(name):.1f}") for name, cpu_us in batches.cpu_us.items()]


def note(batches: Batches) -> str:
    """Return the text below the table."""
    return (
        f"Medians of {batches.rounds} interleaved rounds of {batches.redemptions:,} redemptions each, on one server "
        f"with SQLite. Use: 16 connections x 16 calls in flight; batches of more than {_SMALL} items and streams: "
        f"{UNDER_WAY} at once."
    )


def batch_name(size: int) -> str:
    """Return the name of a BatchUse of some items."""
    return f"BatchUse of {size:,}"


def stream_name(size: int) -> str:
    """Return the name of a UseStream whose messages have some items."""
    return f"UseStream, {size:,} in a message"


def run(data: Path, *, rounds: int, redemptions: int, progress: Progress) -> Batches:
    """Measure all of them on one server; `redemptions` is how many of each there are in a round."""
    with servers.running(servers.redeemd(data), data) as server, AdminClient(server) as administrator:
        administrator.prepare()
        tokens, metadata = administrator.login_players(), administrator.authorization
        ways: dict[str, Way] = {UNARY: partial(_unary, server, tokens)}
        ways |= {batch_name(size): partial(_batched, server, metadata, size) for size in SIZES}
        ways |= {stream_name(size): partial(_streamed, server, metadata, size) for size in STREAMED}
        found = interleaved.medians(ways, administrator, rounds=rounds, codes=redemptions, progress=progress)
    return Batches(found, rounds, redemptions)


def _unary(server: Server, tokens: list[str], codes: Sequence[str]) -> float:
    return generator.run(server, use_bodies(list(codes), tokens)).cpu_us


def _items(codes: Sequence[str], size: int) -> Iterator[list[pb.UseItem]]:
    for start in range(0, len(codes) - size + 1, size):
        yield [
            pb.UseItem(
                id=number,
                request=pb.UseByUserIdRequest(
                    namespace_name=NAMESPACE, user_id=player(number % _PLAYERS), code=codes[number]
                ),
            )
            for number in range(start, start + size)
        ]


def _batched(server: Server, authorization: str, size: int, codes: Sequence[str]) -> float:
    bodies = [
        pb.BatchUseRequest(namespace_name=NAMESPACE, items=items).SerializeToString() for items in _items(codes, size)
    ]
    connections, calls_each = (UNDER_WAY, 1) if size > _SMALL else (16, 16 // size)
    figures = generator.run(
        server,
        bodies,
        method=f"{_SERVICE}/BatchUse",
        metadata=f"authorization: {authorization}",
        connections=connections,
        calls_each=calls_each,
    )
    return figures.cpu_us / size


def _streamed(server: Server, authorization: str, size: int, codes: Sequence[str]) -> float:
    messages = [
        pb.UseStreamRequest(namespace_name=NAMESPACE, items=items).SerializeToString() for items in _items(codes, size)
    ]
    before = server.cpu_seconds()
    with machine.on_core(machine.LOAD_CORE), ThreadPoolExecutor(UNDER_WAY) as pool:
        parts = [messages[start::UNDER_WAY] for start in range(UNDER_WAY)]
        done = sum(pool.map(partial(_stream, server, authorization), parts))
    assert done == len(messages) * size, f"{done} of {len(messages) * size} redeemed"
    server.wait_until_idle()
    return (server.cpu_seconds() - before) / done * 1e6


def _stream(server: Server, authorization: str, messages: Sequence[bytes]) -> int:
    """Send messages on a stream; return how many items were redeemed."""
    with grpc.insecure_channel(server.address) as channel:
        call: Any = channel.stream_stream(
            f"{_SERVICE}/UseStream", response_deserializer=pb.UseStreamResponse.FromString
        )
        answers = call(iter(messages), metadata=(("authorization", authorization),))
        return sum(outcome.HasField("response") for answer in answers for outcome in answer.outcomes)
