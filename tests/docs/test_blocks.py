"""Every fenced block that a reader may copy is run by a test, or stands here with the reason why not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs.conftest import DOCS, ROOT

# Which test runs the blocks of a language on a page.
RUN = {
    ("README.md", "sh"): "test_readme.py",
    ("README.md", "python"): "test_readme.py",
    ("docs/backup.md", "sh"): "test_pages.py",
    ("docs/events.md", "python"): "test_events.py",
    ("docs/events.md", "text"): "test_events.py",
    ("docs/handlers.md", "json"): "test_pages.py",
    ("docs/idempotency.md", "python"): "test_idempotency.py",
    ("docs/idempotency.md", "text"): "test_idempotency.py",
    ("docs/move.md", "sh"): "test_move.py",
    ("docs/once-per-player.md", "python"): "test_once_per_player.py",
    ("docs/once-per-player.md", "sh"): "test_once_per_player.py",
    ("docs/once-per-player.md", "text"): "test_once_per_player.py",
    ("docs/postgresql.md", "ini"): "test_pages.py",
    ("docs/postgresql.md", "python"): "test_pages.py",
    ("docs/postgresql.md", "sh"): "test_pages.py",
    ("docs/transactions.md", "json"): "test_transactions.py",
    ("docs/validation.md", "go"): "test_validation.py",
    ("docs/validation.md", "sh"): "test_validation.py",
    ("docs/validation.md", "text"): "test_validation.py",
    ("docs/validation.md", "typescript"): "test_validation.py",
    ("docs/validation.md", "yaml"): "test_validation.py",
}
# Blocks by how they begin, and why they are not run. Their commands are looked at all the same.
NOT_RUN = {
    ("README.md", "make demo"): ".ci/run runs both; one is what runs this",
    ("docs/PROOF.md", "make proof  "): "takes minutes to hours; tests/proof has a short one",
    ("docs/PROOF.md", "make proof OPERATIONS=100000"): "takes minutes; tests/proof has a short one",
    ("docs/move.md", "redeemd copy --from sqlite"): "stands again below, where it is run",
    ("docs/postgresql.md", "redeemd migrate"): "psql is on few machines; tests/store/test_partitions.py runs the file",
}
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# docs/api has examples of answers, and tests/clients runs what docs/clients shows.
ELSEWHERE = {DOCS / "api", DOCS / "clients"}
PAGES = [ROOT / "README.md", *(page for page in sorted(DOCS.rglob("*.md")) if page.parent not in ELSEWHERE)]
BLOCKS = [
    (page.relative_to(ROOT).as_posix(), language, text)
    for page in PAGES
    for _, language, text in _BLOCK.findall(page.read_text("utf-8"))
]
LEFT_OUT = [
    (page, text) for page, _, text in BLOCKS if any(page == each and text.startswith(start) for each, start in NOT_RUN)
]
COMMANDS = [
    line.partition(" #")[0].strip() for _, text in LEFT_OUT for line in text.splitlines() if not line.startswith("psql")
]


@pytest.mark.parametrize(("page", "language", "text"), BLOCKS)
def test_a_block_is_run_or_left_out_for_a_reason(page, language, text):
    """And it says of which language it is."""
    assert (page, language) in RUN or (page, text) in LEFT_OUT


@pytest.mark.parametrize("key", RUN, ids="-".join)
def test_what_is_said_to_run_a_block_does(key):
    """The test reads the page, and the page has such blocks."""
    page, language = key
    test = (Path(__file__).parent / RUN[key]).read_text("utf-8")
    assert Path(page).name in test
    assert f'"{language}"' in test or "blocks = text.split" in test  # move.md has blocks inside a list
    assert key in {(page, language) for page, language, _ in BLOCKS}


@pytest.mark.parametrize("key", NOT_RUN, ids="-".join)
def test_what_is_left_out_is_there(key):
    """No entry outlives its block."""
    page, start = key
    assert any(page == each and text.startswith(start) for each, _, text in BLOCKS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_not_run_exists(command):
    """make knows the target; redeemd has the command and its flags."""
    program, *arguments = command.split()
    if program == "make":
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)
        return
    assert program == "redeemd"
    shown = subprocess.run(
        [sys.executable, "-m", "redeemd", arguments[0], "--help"], check=True, capture_output=True, text=True
    ).stdout
    assert all(flag in shown for flag in arguments if flag.startswith("--"))
