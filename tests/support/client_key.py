"""The inputs of all clients as one hash: while it is the committed one, Python and Go represent all languages."""

import hashlib
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "tests" / "clients" / "verified.sha256"
# The contract, the generated files, the recipes, the clients, their pages, and the versions of what generates.
MADE_OF = ("protos", ":!protos/reference", "generated", "tests/clients", "docs/how-to/clients", "requirements/dev.txt")
ALWAYS = frozenset({"python", "go"})


def digest() -> str:
    """Return the hash of all those files that git has or would add, but for the one that holds it."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *MADE_OF]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    paths = [ROOT / name for name in sorted({*names} - {""})]
    found = hashlib.sha256()
    for path in paths:
        if path != FILE and path.exists():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            found.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    return found.hexdigest()


def all_wanted() -> bool:
    """Return whether all clients were requested: by `make test-clients CLIENTS=all`."""
    return os.environ.get("REDEEMD_CLIENTS") == "all"


def all_needed() -> bool:
    """Return whether all languages are to be tested: requested, or not tested since something of theirs changed."""
    return all_wanted() or not FILE.exists() or FILE.read_text(encoding="utf-8").strip() != digest()


if __name__ == "__main__":  # for .ci/run, which installs what the others need
    print("all" if all_needed() else " ".join(sorted(ALWAYS)))
