"""docs/how-to/idempotency.md: its program prints what it says, and every key in an example is built by its rule."""

import re

import pytest
from docs.conftest import DOCS, ROOT
from support.clients import CLIENTS, NAMES
from support.reader import ADDRESS, run, served_by

RULE = re.compile(r"[a-z]+(-[a-z0-9{}]+)*-try-\d+")
# Keys that an example writes down, in whatever language: shop and what joins it to the rest are put before them.
WRITTEN = re.compile(r"""["'`](?:f["'])?(?:[$#]?\{?shop\}?-|-)?([^"'`\s]*\btry\b[^"'`\s]*)["'`]""")
SENT = re.compile(r"""(?:duplication_avoider|duplicationAvoider|DuplicationAvoider)\W{1,3}["'`]([^"'`]+)["'`]""")
PROGRAMS = sorted(path for path in CLIENTS.glob("*/*") if path.stem.lower() in {"first_call", "firstcall", "main"})
PAGES = sorted(path for path in DOCS.rglob("*") if path.suffix in {".md", ".py", ".go"} and "api" not in path.parts)
# The keys of each of the programs, and those that some have: clients that make keys need none to set up, and one
# program redeems two codes in a batch.
OF_A_PROGRAM = {f"{purpose}-try-1" for purpose in ("issue", "redeem-1", "redeem-2", "redeem-3", "redeem-4")}
OF_SOME = {f"{purpose}-try-1" for purpose in ("make", "campaigns", "redeem-5")}


async def test_the_page_runs_as_written_and_prints_what_it_says(page, clone):
    """Against a server that `make run` started; only the address is another one."""
    page = page("how-to/idempotency.md")
    program = "".join(page.blocks("python"))
    assert program.count(ADDRESS) == 1
    async with served_by("make run", clone) as address:
        (clone / "keys.py").write_text(program.replace(ADDRESS, address), encoding="utf-8")
        printed = await run(".venv/bin/python keys.py", clone)
    assert printed == "".join(page.blocks("text"))


def keys_in(path):
    """Return the keys that an example writes down."""
    text = path.read_text(encoding="utf-8")
    return [*WRITTEN.findall(text), *SENT.findall(text)]


@pytest.mark.parametrize("path", [ROOT / "README.md", *PAGES, *PROGRAMS], ids=lambda path: str(path.relative_to(ROOT)))
def test_keys_in_examples_follow_the_rule(path):
    """Purpose, intention, number of the try."""
    assert [key for key in keys_in(path) if not RULE.fullmatch(key)] == []


def test_the_programs_have_the_same_keys():
    """So the test above sees the keys of every language."""
    assert len(PROGRAMS) == len(NAMES)
    for program in PROGRAMS:
        assert OF_A_PROGRAM <= set(keys_in(program)) <= OF_A_PROGRAM | OF_SOME, program
