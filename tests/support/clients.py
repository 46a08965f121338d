"""The example clients, and what it takes to build them."""

import shutil

from support.contract import REPOSITORY

CLIENTS = REPOSITORY / "tests" / "clients"
RECIPES = REPOSITORY / "protos" / "clients"
NAMES = sorted(path.parent.name for path in CLIENTS.glob("*/run.sh"))


def language_of(name: str) -> str:
    """Return the language of a client: its name, up to the library that sets it apart from another in that language."""
    return name.partition("-")[0]


def missing(name: str) -> list[str]:
    """Return what the machine lacks to build a client, with where to get it."""
    needs = (RECIPES / language_of(name) / "needs").read_text(encoding="utf-8").splitlines()
    programs = (line.split(maxsplit=1) for line in needs)
    return [f"{names} ({hint})" for names, hint in programs if not any(map(shutil.which, names.split("|")))]
