"""Tests that need more than Python."""

import importlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest


def skip(reason: object) -> NoReturn:
    """Skip a test for what this machine lacks, by name; CI may skip nothing, and fails."""
    assert "REDEEMD_CI" not in os.environ, reason
    pytest.skip(str(reason))


def module(name: str) -> Any:
    """Import a module of requirements/deploy.txt or openapi.txt; skip what tests with it where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        assert "REDEEMD_CI" not in os.environ, name
        pytest.skip(f"{name} is missing: `make install` installs it", allow_module_level=True)


def program(name: str) -> str:
    """Return the path of a program: the machine's, or the one in the virtual environment; skip the test without it."""
    own = Path(sys.prefix)
    return (
        shutil.which(name)
        or shutil.which(name, path=f"{own / 'bin'}:{own / name / 'usr/bin'}")
        or skip(f"there is no {name}")
    )
