"""`python -m bench.soak SECONDS`: lets a server work, and looks whether it stays as it is.

Memory, threads, open files, the WAL and the rows that expire must be in the last third what they were in the
first; exit code 1 when something is not. The table of samples is written to bench/.work/SOAK.md.

Replies under idempotency keys are kept for a day. In a soak of less than four days the server's clock runs faster
(bench/accelerated_clock.py): a day of its time passes in a quarter of the soak. So replies are being deleted before the
first third begins. The rows per second are those of real time, so the tables are no smaller because of it.
"""

import argparse
import asyncio
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import aiohttp
import grpc
from rich.console import Console

from bench import machine, servers
from bench.soak_actions import Action, weighted
from bench.soak_client import Client, Refused
from bench.soak_report import markdown, table, verdict
from bench.soak_seasons import Seasons
from bench.soak_watch import Sample, look

DAY_SECONDS = 24 * 60 * 60
WARM_UP = 0.25  # of the time: a day of the server's clock, at least
SAMPLES = 120
UNDER_WAY_MAX = 100  # actions; more are skipped, and counted
CODES_PER_ACTION = 0.33  # by the weights of the actions
SEASON_CODES_MAX = 10_000
_SEED = 20260101
_ENVIRONMENT = "REDEEMD_SOAK_SPEED"
# What may become of a call here, because actions do not wait for each other. All else is a failure of the soak.
EXPECTED = frozenset(
    {
        "AWAIT_NOT_FOUND",
        "CAMPAIGN_MODEL_NOT_FOUND",
        "CODE_NOT_FOUND",
        "CODE_STATUS_INVALID",
        "CONFLICT",
        "COUNTER_NOT_FOUND",
        "COUNTER_OVERFLOW",
        "CREDENTIAL_INVALID",
        "HTTP 200",
        "HTTP 204",
        "HTTP 404",
        "HTTP 410",
        "IDEMPOTENCY_KEY_REUSED",
        "IMPORT_UNDER_WAY",
        "NAMESPACE_NOT_FOUND",
        "OK",
        "UPLOAD_NOT_FOUND",
        "USER_DATA_JOB_RUNNING",
    }
)


class Soak:
    """A load at a modest rate, and samples meanwhile."""

    def __init__(self, server: servers.Server, client: Client, *, seconds: float, rate: float) -> None:
        self._server = server
        self._client = client
        self._seconds = seconds
        self._rate = rate
        self._rng = random.Random(_SEED)
        self._under_way: set[asyncio.Task[None]] = set()
        self.samples: list[Sample] = []
        self.failures: Counter[str] = Counter()
        self.skipped = 0

    async def run(self) -> None:
        """Work for the time, and rest at the end until nothing is under way."""
        # A season lasts a thirtieth of the time, so that each third sees several end.
        season_codes = min(SEASON_CODES_MAX, int(self._rate * CODES_PER_ACTION * self._seconds / 30))
        seasons = Seasons(self._client, self._rng, season_codes=season_codes)
        await seasons.prepare()
        began = time.monotonic()
        sampling = asyncio.create_task(self._sample(began))
        choices, weights = zip(*weighted(seasons), strict=True)
        due = began
        while (due := due + 1 / self._rate) < began + self._seconds:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if len(self._under_way) >= UNDER_WAY_MAX:
                self.skipped += 1
                continue
            (action,) = self._rng.choices(choices, weights)
            task = asyncio.create_task(self._do(action))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        await asyncio.gather(*self._under_way)
        await sampling

    async def _do(self, action: Action) -> None:
        try:
            await action()
        except Refused:
            return  # counted by its reason
        except (aiohttp.ClientError, grpc.RpcError, TimeoutError) as error:
            self.failures[f"{type(error).__name__} of {getattr(action, '__name__', '')}"] += 1

    async def _sample(self, began: float) -> None:
        for number in range(1, SAMPLES + 1):
            await asyncio.sleep(max(0.0, began + number * self._seconds / SAMPLES - time.monotonic()))
            # In a thread: counting rows takes a moment in which calls must go on.
            sample = await asyncio.to_thread(look, self._server, began, self._client.calls, self._client.took())
            self.samples.append(sample)


def main() -> None:
    """Run a soak."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seconds", type=float)
    parser.add_argument("--rate", type=float, default=100.0, help="actions per second")
    arguments = parser.parse_args()
    speed = max(1.0, DAY_SECONDS / (WARM_UP * arguments.seconds))
    errors = Console(stderr=True, highlight=False)
    folder = machine.WORK / "soak"
    shutil.rmtree(folder, ignore_errors=True)
    machine.WORK.mkdir(exist_ok=True)
    errors.print(f"soaking for {arguments.seconds:.0f} s; the server's clock runs {speed:.0f} times as fast")
    soak = asyncio.run(_soak(folder, arguments.seconds, arguments.rate, speed))
    failures = soak.failures
    judged = verdict([sample for sample in soak.samples if sample.seconds > WARM_UP * arguments.seconds])
    text = markdown(soak.samples, judged, failures, soak.skipped, seconds=arguments.seconds, speed=speed)
    (machine.WORK / "SOAK.md").write_text(text, encoding="utf-8")
    Console(width=140).print(table(judged))
    for name, count in failures.items():
        errors.print(f"not expected: {name}, {count} times", markup=False)
    errors.print(f"wrote {(machine.WORK / 'SOAK.md').relative_to(machine.ROOT)}")
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if all(row.flat for row in judged) and not failures else 1)


async def _soak(folder: Path, seconds: float, rate: float, speed: float) -> Soak:
    # Events are kept for as long as replies are, so that they are deleted, too, after the warm-up.
    command = [*servers.redeemd(folder, "bench.accelerated_clock"), "--event-retention-seconds", str(DAY_SECONDS)]
    os.environ[_ENVIRONMENT] = str(speed)
    with servers.running(command, folder) as server:
        client = Client(server.address, folder / "admin.key")
        soak = Soak(server, client, seconds=seconds, rate=rate)
        try:
            await soak.run()
        finally:
            await client.close()
        soak.failures.update({name: count for name, count in client.outcomes.items() if name not in EXPECTED})
        defects = [
            line for line in (folder / "server.log").read_text(encoding="utf-8").splitlines() if "defect" in line
        ]
        if defects:
            soak.failures[defects[0]] += len(defects)
    return soak


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
