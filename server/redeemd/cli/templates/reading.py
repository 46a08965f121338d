"""Reads the file of a template, which is JSON or YAML."""

import sys
from pathlib import Path

from redeemd.cli.templates.values import Items, NotApplicable, Section
from redeemd.contract import json_text

STANDARD_INPUT = Path("-")
FILE_BYTES_MAX = 16 * 1024 * 1024  # three documents of the longest that the server takes


def read_file(path: Path) -> object:
    """Return the value of a file, or of standard input: Section, Items, Function, text, number, boolean or None.

    A file whose name ends in `.json`, or that begins with a brace, is JSON. Raises NotApplicable, and
    ModuleNotFoundError where YAML is not installed.
    """
    text = _text(path)
    if path.suffix.lower() != ".json" and not text.lstrip().startswith("{"):
        from redeemd.cli.templates.yaml_text import read_yaml  # noqa: PLC0415 -- an extra

        return read_yaml(text)
    try:
        return _with_sections(json_text.read(text))
    except json_text.JsonError as problem:
        raise NotApplicable.because(f"it is not JSON: {problem}") from None


def _text(path: Path) -> str:
    try:
        if path == STANDARD_INPUT:
            data = sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
        else:
            with path.open("rb") as file:
                data = file.read(FILE_BYTES_MAX + 1)
    except OSError as problem:
        raise NotApplicable.because(problem.strerror or str(problem)) from None
    if len(data) > FILE_BYTES_MAX:
        raise NotApplicable.because(f"it is longer than {FILE_BYTES_MAX:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotApplicable.because("it is not UTF-8") from None


def _with_sections(value: object) -> object:
    if isinstance(value, dict):
        return Section({name: _with_sections(member) for name, member in value.items()})
    if isinstance(value, list):
        return Items(map(_with_sections, value))
    return value
