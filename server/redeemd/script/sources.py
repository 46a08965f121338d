"""Reads scripts from a folder: the script with the GRN grn:gs2:*:*:script:GAME:script:PRICE is GAME/PRICE.lua."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from redeemd.script.bounds import LINE_BYTES_MAX, SOURCE_BYTES_MAX, SOURCES_BYTES_MAX

_PART = "[A-Za-z0-9_.-]{1,128}"
# Region and owner may be anything, as in other GRNs of master data.
_GRN = re.compile(rf"grn:gs2:[^:]*:[^:]*:script:({_PART}):script:({_PART})")
_NAME = re.compile(_PART)

# Texts in scripts end in the line in which they begin, so that none is longer than a line, and have no character 0,
# which would make comparing them slow. What is found inside comments is refused as well, to keep the rules simple.
_RULES = (
    (re.compile(rb"\x00|\\(?:000|0{1,2}(?![0-9])|x00|u\{0+\})"), "has a character 0"),
    (re.compile(rb"(?<!--)\[=*\["), "has a text in long brackets"),
    (re.compile(rb"\\\r?$|\\z", re.MULTILINE), "has a text that continues in the next line"),
    (re.compile(rb"\r(?!\n)"), "has a carriage return inside a line"),
    (re.compile(rb"[^\n]{%d}" % (LINE_BYTES_MAX + 1)), f"has a line of more than {LINE_BYTES_MAX} bytes"),
)


class Name(NamedTuple):
    """Identifies a script by the parts of its GRN."""

    namespace: str
    script: str


class Source(NamedTuple):
    """A script: its text, the SHA-256 of the file in hexadecimal digits, and the bytes of its longest line."""

    name: Name
    text: bytes
    version: str
    longest_line: int


def name_of(grn: str) -> Name | None:
    """Return the script that a GRN names; None if it is not the GRN of a script."""
    found = _GRN.fullmatch(grn)
    return None if found is None else Name(found[1], found[2])


def of_text(name: Name, text: bytes) -> Source:
    """Return a script with this text. Raises ValueError for a text that cannot be one."""
    if len(text) > SOURCE_BYTES_MAX:
        raise ValueError(f"has more than {SOURCE_BYTES_MAX} bytes")
    text_problems = [problem for rule, problem in _RULES if rule.search(text)]
    if text_problems:
        raise ValueError(text_problems[0])
    return Source(name, text, hashlib.sha256(text).hexdigest(), max(map(len, text.split(b"\n"))))


def read(folder: Path) -> Mapping[Name, Source]:
    """Read the scripts of a folder, NAMESPACE/SCRIPT.lua. Raises ValueError with every problem, or OSError."""
    if not folder.is_dir():
        raise ValueError(f"scripts {folder}: is not a folder")
    found, problems, total = {}, [], 0
    for path in sorted(folder.glob("*/*.lua")):
        name = Name(path.parent.name, path.stem)
        if not _NAME.fullmatch(name.namespace) or not _NAME.fullmatch(name.script):
            problems.append(f"scripts {path}: is not named NAMESPACE/SCRIPT.lua, of letters, digits, -, _ and .")
            continue
        try:
            source = of_file(name, path)
        except ValueError as problem:
            problems.append(f"scripts {path}: {problem}")
            continue
        found[name] = source
        total += len(source.text)
    if total > SOURCES_BYTES_MAX:
        problems.append(f"scripts {folder}: all scripts have {total} bytes, more than {SOURCES_BYTES_MAX}")
    if problems:
        raise ValueError("\n".join(problems))
    return found


def of_file(name: Name, path: Path) -> Source:
    """Read a script, and no more than it may have. Raises OSError, or ValueError for what cannot be one."""
    if path.exists() and not path.is_file():
        raise ValueError("is not a regular file")
    with path.open("rb") as file:
        return of_text(name, file.read(SOURCE_BYTES_MAX + 1))
