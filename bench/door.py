"""Redeeming by the JSON door against gRPC: CPU per call, interleaved, on one server."""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import generator, interleaved, machine, servers
from bench.admin_client import NAMESPACE, AdminClient, use_bodies
from bench.interleaved import Progress, Way
from bench.servers import Server

GRPC, REST = "gRPC", "REST"
CONNECTIONS = 64  # each with one request at a time

_ADDRESS = re.compile(r"HTTP on (?:http://)?([\d.]+):(\d+)")


@dataclass(frozen=True, slots=True)
class Door:
    """Medians of microseconds of CPU per `Use`, by the way it was called."""

    cpu_us: dict[str, float]
    rounds: int
    calls: int  # of each, in a round

    @property
    def ratio(self) -> float:
        """How much more a call by REST costs."""
        return self.cpu_us[REST] / self.cpu_us[GRPC]


COLUMNS = ("call", "CPU us/call", "x gRPC")


def rows(door: Door) -> list[tuple[str, str, str]]:
    """Return the rows of the table."""
    return [(name, f"{cpu_us:.0f}", f"{cpu_us / door.cpu_us[GRPC]:.2f}") for name, cpu_us in door.cpu_us.items()]


def note(door: Door) -> str:
    """Return the text below the table."""
    return (
        f"Medians of {door.rounds} interleaved rounds of {door.calls:,} calls of Use each, on one server with SQLite. "
        f"gRPC: 16 connections x 4 calls in flight; REST: {CONNECTIONS} kept connections, the access token in a header."
    )


def run(data: Path, *, rounds: int, calls: int, progress: Progress) -> Door:
    """Measure both ways."""
    with servers.running(servers.redeemd(data), data) as server, AdminClient(server) as administrator:
        administrator.prepare()
        tokens = administrator.login_players()
        ways: dict[str, Way] = {
            GRPC: partial(_by_grpc, server, tokens),
            REST: partial(_by_rest, server, tokens),
        }
        found = interleaved.medians(ways, administrator, rounds=rounds, codes=calls, progress=progress)
    return Door(found, rounds, calls)


def _by_grpc(server: Server, tokens: list[str], codes: Sequence[str]) -> float:
    return generator.run(server, use_bodies(list(codes), tokens), calls_each=CONNECTIONS // 16).cpu_us


def _by_rest(server: Server, tokens: list[str], codes: Sequence[str]) -> float:
    requests = iter([_request(code, tokens[number % len(tokens)]) for number, code in enumerate(codes)])
    before = server.cpu_seconds()
    with machine.on_core(machine.LOAD_CORE):
        done = asyncio.run(_send(server, requests))
    assert done == len(codes), f"{done} of {len(codes)} redeemed"
    server.wait_until_idle()
    return (server.cpu_seconds() - before) / done * 1e6


def _request(code: str, token: str) -> bytes:
    body = json.dumps({"code": code})
    head = f"POST /serial-key/{NAMESPACE}/user/me/serialKey HTTP/1.1\r\nHost: bench\r\nX-GS2-ACCESS-TOKEN: {token}"
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def _send(server: Server, requests: Iterator[bytes]) -> int:
    found = _ADDRESS.search((server.data / "server.err").read_text(encoding="utf-8"))
    assert found is not None, "the server has an HTTP address"
    workers = (_worker(found[1], int(found[2]), requests) for _ in range(CONNECTIONS))
    return sum(await asyncio.gather(*workers))


async def _worker(host: str, port: int, requests: Iterator[bytes]) -> int:
    """Send requests until none is left; return how many succeeded."""
    reader, writer = await asyncio.open_connection(host, port)
    done = 0
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", head)[1])  # type: ignore[index]  # each response has it
        await reader.readexactly(length)
        done += head.startswith(b"HTTP/1.1 200")
    writer.close()
    return done
