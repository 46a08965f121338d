"""Builds and runs the programs that check messages with protovalidate for Go and for TypeScript."""

import hashlib
import json
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from support.contract import REPOSITORY

SOURCE = Path(__file__).parent
BUILDS = SOURCE / ".work"
DESCRIPTORS = REPOSITORY / "generated" / "descriptors" / "redeem.binpb"
BUILD_SECONDS = 280


class Missing(Exception):
    """Something that a program needs is not on this machine."""


class Engine:
    """A running program. Used by one thread at a time."""

    def __init__(self, command, descriptors=DESCRIPTORS):
        line = [*map(str, command), str(descriptors)]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def answers(self, name, payloads):
        """Return for each payload of a message what is wrong, as (field path, rule id); None if it cannot be read."""
        writer = threading.Thread(target=self._write, args=(name.encode(), payloads))
        writer.start()
        lines = [self._line() for _ in payloads]
        writer.join()
        return [None if line is None else [tuple(found) for found in line] for line in lines]

    def _line(self):
        line = self._process.stdout.readline()
        assert line, "the program ended; its error is above"
        return json.loads(line)

    def _write(self, name, payloads):
        for payload in payloads:
            self._process.stdin.write(_part(name) + _part(payload))
        self._process.stdin.flush()


def _part(data):
    length, head = len(data), bytearray()
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes([*head, length]) + data


def go():
    """Compile the program in Go; return its command line. Raises Missing."""
    _need("go", "https://go.dev/dl")
    return [_built(SOURCE / "go", ["go", "build", "-o", "parity", "."]) / "parity"]


def typescript():
    """Compile the program in TypeScript; return its command line. Raises Missing."""
    _need("npm", "https://nodejs.org")
    install = ["npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    return ["node", _built(SOURCE / "typescript", install, ["npx", "tsc"]) / "built" / "parity.js"]


def _need(program, where):
    if shutil.which(program) is None:
        raise Missing(f"parity with other languages needs {program} ({where})")


def _built(source, *commands):
    """Return a copy of a folder in which the commands have run, for as long as the folder is what it was."""
    files = sorted(path for path in source.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.name.encode() + b"\0" + path.read_bytes() for path in files)).hexdigest()
    done = BUILDS / f"{source.name}-{digest[:16]}"
    if not done.exists():
        BUILDS.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILDS) as folder:
            for path in files:
                shutil.copy(path, folder)
            for command in commands:
                subprocess.run(command, check=True, cwd=folder, timeout=BUILD_SECONDS)
            _keep(Path(folder), done)
    return done


def _keep(folder, done):
    """Put what was built in its place at once; another process may have been first."""
    inner = folder / "kept"
    inner.mkdir()
    for path in [path for path in folder.iterdir() if path != inner]:
        path.rename(inner / path.name)
    try:
        inner.rename(done)
    except OSError:
        assert done.exists()
