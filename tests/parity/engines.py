"""Builds and runs the programs that check messages with protovalidate for Go and for TypeScript."""

import json
import shutil
import subprocess
import threading
from pathlib import Path

from support.built import NPM_CI, built
from support.contract import REPOSITORY

SOURCE = Path(__file__).parent
DESCRIPTORS = REPOSITORY / "generated" / "descriptors" / "redeem.binpb"


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
    return [built(SOURCE / "go", ["go", "build", "-o", "parity", "."]) / "parity"]


def typescript():
    """Compile the program in TypeScript; return its command line. Raises Missing."""
    _need("npm", "https://nodejs.org")
    return ["node", built(SOURCE / "typescript", NPM_CI, ["npx", "tsc"]) / "built" / "parity.js"]


def _need(program, where):
    if shutil.which(program) is None:
        raise Missing(f"parity with other languages needs {program} ({where})")
