"""Fixtures of the tests of pages under docs/."""

import base64
import re
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCED = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)


class Page:
    """A page, and what a reader would copy from it."""

    def __init__(self, name):
        self.text = (DOCS / name).read_text(encoding="utf-8")

    def blocks(self, language):
        """Return the fenced blocks of a language, in order."""
        return [textwrap.dedent(block) for _, found, block in _FENCED.findall(self.text) if found == language]

    def rows(self, heading):
        """Return the rows of the table with this heading, as lists of cells without backquotes."""
        table = self.text.partition(f"{heading}\n")[2].partition("\n\n")[0]
        return [[cell.strip().replace("`", "") for cell in row.split("|")] for row in _ROW.findall(table)]


@pytest.fixture
def page():
    """Returns a page by its name."""
    return Page


@pytest.fixture
def clone(tmp_path):
    """A folder with what the page's commands use of a clone, with everything installed and no data yet."""
    (tmp_path / "Makefile").symlink_to(ROOT / "Makefile")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


@pytest.fixture
def master_key(clone):
    """A master key in the clone, for servers that do not make one themselves."""
    (clone / "master.key").write_text(f"k1:{base64.b64encode(bytes(range(32))).decode()}\n")
