"""The Go service of bench/peers/go: how it is built, filled and started."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import generator, machine
from bench.admin_client import use_bodies
from bench.workloads import Workload

SOURCE = machine.ROOT / "bench" / "peers" / "go"
PROGRAM = machine.WORK / "peers" / "go-service"


def build() -> None:
    """Compile it; the first time takes some minutes, because it contains SQLite."""
    subprocess.run([str(SOURCE / "build.sh"), str(PROGRAM)], check=True)


@dataclass(frozen=True, slots=True)
class GoService:
    """The service over a database: `sqlite:PATH` or `postgresql://...`."""

    data: Path
    database: str
    events: bool

    def prepare(self, calls: int) -> Workload:
        """Create the tables, codes and tokens. Returns the requests that use each code once."""
        self.data.mkdir(parents=True, exist_ok=True)
        command = [*self._command("prepare"), "-codes", str(calls)]
        made: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        return Workload(generator.USE, use_bodies(made["codes"], made["tokens"]))

    def serve(self) -> list[str]:
        """Return the command that serves it."""
        return [*self._command("serve"), *(["-events"] if self.events else [])]

    def _command(self, name: str) -> list[str]:
        return [str(PROGRAM), name, "-database", self.database, "-key", str(self.data / "token.key")]
