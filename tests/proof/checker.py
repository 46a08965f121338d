"""Builds and runs the Go program that checks histories."""

import json
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "checker"
TIMEOUT_SECONDS = 120  # for one object; what is not decided by then counts as a failure


class NoGo(Exception):
    """There is no Go on this machine."""


def build(folder: Path):
    """Compile it; return the program. Raises NoGo."""
    if shutil.which("go") is None:
        raise NoGo("the proof needs Go (https://go.dev/dl) for its checker")
    program = folder / "checker"
    subprocess.run(["go", "build", "-o", str(program), "."], cwd=SOURCE, check=True)
    return program


def check(program: Path, folder: Path):
    """Check all histories of a folder; return what the program reports."""
    histories = sorted(map(str, folder.glob("history-*.jsonl")))
    command = [str(program), "-pages", str(folder), "-timeout", f"{TIMEOUT_SECONDS}s", *histories]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
