"""`python -m bench.guessing`: what honest players notice while others guess at codes.

Ten attackers with twenty players each send wrong codes as fast as they get responses; meanwhile honest players use
codes at each server, so many a second as take about half of what there is to have. Rounds without and with the attack
take turns, and what is reported is the ratio of their p99. The attackers have used up their budgets before, so they are
refused but for what comes back.
With `--database`, the URL of an empty PostgreSQL database, two servers share it; without, there is one with a folder.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.app.data_folder import ADMIN_KEY_FILE
from redeemd.config import Settings

from bench import generator, machine, servers
from bench.admin_client import NAMESPACE, AdminClient, use_bodies, use_request
from bench.servers import Server

ATTACKERS = 10
PLAYERS_PER_ATTACKER = 20
HONEST_AT_ONCE = 16
HONEST_PER_SECOND = 100
LEAD_SECONDS = 10  # the attack lasts before it is measured
GUESSES = 400_000  # more than there is time for
_ENV = {"REDEEMD_MASTER_KEY": "bench:" + "A" * 43 + "="}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="URL of an empty PostgreSQL database, for two servers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=4000, help="honest calls per round and server")
    default = Settings.model_fields["guess_delay_seconds"].default
    parser.add_argument("--delay", default=str(default), help="--guess-delay-seconds of the servers")
    arguments = parser.parse_args()
    generator.build()
    folder = machine.WORK / "guessing"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        commands = _commands(folder, arguments.database, ["--guess-delay-seconds", arguments.delay])
        running = [stack.enter_context(servers.running(command, folder)) for command in commands]
        _measure(running, folder, rounds=arguments.rounds, calls=arguments.calls)


def _commands(folder: Path, database: str, flags: Sequence[str]) -> list[list[str]]:
    if not database:
        return [[*servers.redeemd(folder), *flags]]
    os.environ.update(_ENV, REDEEMD_DATABASE=database)
    for command in (["migrate"], ["keys", "create", "admin"]):
        done = subprocess.run([sys.executable, "-m", "redeemd", *command], capture_output=True, text=True, check=True)
    (folder / ADMIN_KEY_FILE).write_text(done.stdout)
    return [[*servers.redeemd(folder), *flags]] * 2


def _measure(running: Sequence[Server], folder: Path, *, rounds: int, calls: int) -> None:
    with AdminClient(running[0]) as administrator:
        administrator.prepare()
        limits = pb.UpdateNamespaceRequest(namespace_name=NAMESPACE)
        limits.guess_limit.enabled = True
        administrator.call("UpdateNamespace", limits)
        _bring(administrator)
        tokens = administrator.login_players(ATTACKERS * PLAYERS_PER_ATTACKER + 100)
        codes = iter(administrator.new_codes((2 * rounds + 2) * calls * len(running)))
    attackers, honest = tokens[:-100], tokens[-100:]
    wrong = [use_request(f"WRONG-{n}", attackers[n % len(attackers)]).SerializeToString() for n in range(GUESSES)]
    guesses = generator.write_bodies(folder / "guesses.bin", wrong)
    ratios = []
    for number in range(rounds + 1):
        figures = []
        for attacked in (False, True):
            files = [folder / f"honest-{n}.bin" for n in range(len(running))]
            for file in files:
                generator.write_bodies(file, use_bodies([next(codes) for _ in range(calls)], honest))
            figures.append(_round(running, files, guesses if attacked else None))
        if number:  # the first one is to warm up
            ratios.append(figures[1] / figures[0])
            print(f"p99 {figures[0]:.2f} ms, attacked {figures[1]:.2f} ms, ratio {ratios[-1]:.2f}", flush=True)
    print(f"ratio, median of {rounds} rounds: {median(ratios):.2f}")


def _bring(administrator: AdminClient) -> None:
    """Import a code, so that a guess could be right and takes of the budget in the store."""
    settings = {
        "version": "2022-09-13",
        "campaignModels": [{"name": "spring"}, {"name": "W", "enableCampaignCode": True}],
    }
    upload = pb.UpdateCurrentCampaignMasterRequest(namespace_name=NAMESPACE, settings=json.dumps(settings))
    administrator.call("UpdateCurrentCampaignMaster", upload)


def _round(running: Sequence[Server], files: Sequence[Path], guesses: Path | None) -> float:
    """Return the p99 of honest calls in milliseconds, the greatest of all servers."""
    with ExitStack() as stack:
        if guesses is not None:
            for server in running:
                connections = ATTACKERS // len(running)
                attack = stack.enter_context(_load(server, guesses, connections, PLAYERS_PER_ATTACKER))
                _go(attack)
            time.sleep(LEAD_SECONDS)
        honest = [
            stack.enter_context(_load(server, file, HONEST_AT_ONCE, 1, every=f"{1 / HONEST_PER_SECOND}s"))
            for server, file in zip(running, files, strict=True)
        ]
        for process in honest:
            _go(process)
        reports = [_report(process) for process in honest]
    for report in reports:
        if report["ok"] != report["sent"]:
            raise generator.VoidRun(f"void: {report['by_code']}")
    return max(float(report["p99_ms"]) for report in reports)


@contextmanager
def _load(
    server: Server, file: Path, connections: int, streams: int, *, every: str = "0s"
) -> Iterator["subprocess.Popen[str]"]:
    command = [str(generator.PROGRAM), "-address", server.address, "-method", generator.USE, "-bodies", str(file)]
    command += ["-connections", str(connections), "-streams", str(streams), "-every", every]
    with machine.on_core(machine.LOAD_CORE):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        raise generator.VoidRun("the load generator did not connect")
    process.stdin.write("go\n")
    process.stdin.flush()


def _report(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    report: dict[str, Any] = json.loads(process.stdout.readline())
    return report


if __name__ == "__main__":
    main()
