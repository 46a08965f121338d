"""The example clients, and what it takes to build them."""

import shutil

from support.contract import REPOSITORY

CLIENTS = REPOSITORY / "tests" / "clients"
LANGUAGES = sorted(path.parent.name for path in CLIENTS.glob("*/run.sh"))


def missing(language):
    """Answer what the machine lacks to build the client of a language, with where to get it."""
    needs = (REPOSITORY / "protos" / "clients" / language / "needs").read_text(encoding="utf-8").splitlines()
    programs = (line.split(maxsplit=1) for line in needs)
    return [f"{names} ({hint})" for names, hint in programs if not any(map(shutil.which, names.split("|")))]
