"""Every fenced block that a reader may copy is run by a test, or is listed here with the reason why not."""

import re
import subprocess
from pathlib import Path

import pytest
from docs.conftest import DOCS, ROOT
from redeemd.cli.commands import app
from support import pasting
from typer.testing import CliRunner

# Which test runs the blocks of a language on a page.
RUN = {
    ("README.md", "json"): "test_readme.py",
    ("README.md", "sh"): "test_readme.py",
    ("README.md", "text"): "test_readme.py",
    ("docs/how-to/backup.md", "sh"): "test_pages.py",
    ("docs/how-to/batches.md", "python"): "test_batches.py",
    ("docs/how-to/batches.md", "text"): "test_batches.py",
    ("docs/how-to/browsers.md", "js"): "test_browsers.py",
    ("docs/how-to/browsers.md", "json"): "test_browsers.py",
    ("docs/how-to/campaign-limits.md", "json"): "test_campaign_limits.py",
    ("docs/how-to/campaign-limits.md", "sh"): "test_campaign_limits.py",
    ("docs/how-to/codes.md", "json"): "test_codes.py",
    ("docs/how-to/console.md", "json"): "test_console.py",
    ("docs/how-to/console.md", "sh"): "test_console.py",
    ("docs/how-to/deploy.md", "sh"): "test_deploy.py",
    ("docs/how-to/deploy.md", "yaml"): "test_deploy.py",
    ("docs/how-to/events.md", "python"): "test_events.py",
    ("docs/how-to/events.md", "text"): "test_events.py",
    ("docs/how-to/handlers.md", "json"): "test_pages.py",
    ("docs/how-to/idempotency.md", "python"): "test_idempotency.py",
    ("docs/how-to/idempotency.md", "text"): "test_idempotency.py",
    ("docs/how-to/ext-authz.md", "yaml"): "test_pages.py",
    ("docs/how-to/identity.md", "json"): "test_pages.py",
    ("docs/how-to/move.md", "sh"): "test_move.py",
    ("docs/how-to/move-from-gs2.md", "csv"): "test_move_from_gs2.py",
    ("docs/how-to/move-from-gs2.md", "json"): "test_move_from_gs2.py",
    ("docs/how-to/move-from-gs2.md", "jsonl"): "test_move_from_gs2.py",
    ("docs/how-to/move-from-gs2.md", "python"): "test_move_from_gs2.py",
    ("docs/how-to/move-from-gs2.md", "sh"): "test_move_from_gs2.py",
    ("docs/how-to/move-from-gs2.md", "text"): "test_move_from_gs2.py",
    ("docs/how-to/move-from-gs2.md", "yaml"): "test_move_from_gs2.py",
    ("docs/how-to/point-in-time.md", "sh"): "test_point_in_time.py",
    ("docs/how-to/rotate-keys.md", "sh"): "test_pages.py",
    ("docs/how-to/scripts.md", "json"): "test_scripts.py",
    ("docs/how-to/scripts.md", "lua"): "test_scripts.py",
    ("docs/how-to/scripts.md", "sh"): "test_scripts.py",
    ("docs/how-to/upgrade.md", "sh"): "test_pages.py",
    ("docs/how-to/runbooks/attack.md", "sh"): "test_runbooks.py",
    ("docs/how-to/runbooks/attack.md", "text"): "test_runbooks.py",
    ("docs/how-to/runbooks/full-disk.md", "sh"): "test_runbooks.py",
    ("docs/how-to/runbooks/full-disk.md", "text"): "test_runbooks.py",
    ("docs/how-to/runbooks/leaked-batch.md", "sh"): "test_runbooks.py",
    ("docs/how-to/runbooks/leaked-batch.md", "text"): "test_runbooks.py",
    ("docs/how-to/runbooks/lost-database.md", "sh"): "test_runbooks.py",
    ("docs/how-to/runbooks/lost-database.md", "text"): "test_runbooks.py",
    ("docs/tutorials/first-codes.md", "python"): "test_first_codes.py",
    ("docs/tutorials/first-codes.md", "sh"): "test_first_codes.py",
    ("docs/tutorials/first-codes.md", "text"): "test_first_codes.py",
    ("docs/tutorials/once-per-player.md", "python"): "test_once_per_player.py",
    ("docs/tutorials/once-per-player.md", "sh"): "test_once_per_player.py",
    ("docs/tutorials/once-per-player.md", "text"): "test_once_per_player.py",
    ("docs/how-to/postgresql.md", "ini"): "test_pages.py",
    ("docs/how-to/postgresql.md", "python"): "test_pages.py",
    ("docs/how-to/postgresql.md", "sh"): "test_pages.py",
    ("docs/explanation/transactions.md", "json"): "test_transactions.py",
    ("docs/how-to/vendor-sdks.md", "js"): "test_vendor_sdks.py",
    ("docs/how-to/vendor-sdks.md", "python"): "test_vendor_sdks.py",
    ("docs/how-to/vendor-sdks.md", "text"): "test_vendor_sdks.py",
    ("docs/how-to/webhooks.md", "json"): "test_webhooks.py",
    ("docs/how-to/webhooks.md", "sh"): "test_webhooks.py",
    ("docs/how-to/validation.md", "go"): "test_validation.py",
    ("docs/how-to/validation.md", "sh"): "test_validation.py",
    ("docs/how-to/validation.md", "text"): "test_validation.py",
    ("docs/how-to/validation.md", "typescript"): "test_validation.py",
    ("docs/how-to/validation.md", "yaml"): "test_validation.py",
}
# Blocks by how they begin, and why they are not run. Their commands are looked at all the same.
NOT_RUN = {
    (
        "docs/how-to/operate.md",
        "  redeemd serve --listen 0.0.0.0:50051",
    ): "fixed ports; test_shared_port.py does it",
    ("docs/how-to/browsers.md", "redeemd serve"): "a fixed port; test_browsers.py serves a page",
    ("CONTRIBUTING.md", "make lint"): "they are what runs this",
    ("docs/explanation/proof.md", "make proof\n"): "takes minutes to hours; tests/proof has a short one",
    ("docs/explanation/proof.md", "make proof OPERATIONS=100000"): "takes minutes; tests/proof has a short one",
    ("docs/how-to/codes.md", "redeemd print-sheet"): "needs a batch; tests/server/test_cli_print.py has one",
    ("docs/how-to/move.md", "redeemd copy --from sqlite"): "stands again below, where it is run",
    ("docs/how-to/tls.md", "redeemd serve"): "needs certificates; tests/server/test_tls.py has some",
    ("docs/how-to/tls.md", "redeemd issue"): "needs certificates; tests/server/test_tls.py has some",
    ("docs/how-to/postgresql.md", "redeemd migrate"): "few machines have psql; tests/store/test_partitions.py runs it",
}
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# docs/reference has generated examples of errors, and tests/clients runs what docs/how-to/clients shows.
ELSEWHERE = {DOCS / "reference", DOCS / "reference" / "api", DOCS / "how-to" / "clients"}
PAGES = [*sorted(ROOT.glob("*.md")), *(page for page in sorted(DOCS.rglob("*.md")) if page.parent not in ELSEWHERE)]
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


@pytest.mark.parametrize("text", [text for _, language, text in BLOCKS if language == "sh"])
def test_a_block_of_commands_can_be_pasted(text):
    """Into an interactive bash or zsh, which treat some characters differently than scripts do."""
    assert not pasting.traps(text)


@pytest.mark.parametrize(
    ("text", "trap"),
    [
        ("make run  # in another terminal", "comment"),
        ("# first\nmake run", "comment"),
        ('redeemd issue shop spring 1 --metadata "hurry!"', "history"),
        ("ls *.csv", "pattern"),
        ("curl shop.example/x?y=1", "pattern"),
        ('CALL="grpcurl -plaintext"\n$CALL list', "word splitting"),
        ('FLAGS="--out codes.csv"\nredeemd export $FLAGS', "word splitting"),
        ("command =ls", "path of a command"),
        ('echo "$HOST:h"', "modifier"),
        ('echo "$CODES[1]"', "modifier"),
    ],
)
def test_what_shells_treat_differently_is_found(text, trap):
    """Each kind by its name."""
    assert pasting.traps(text) == [trap]


def test_quoted_characters_are_no_traps():
    """Neither are those in a here document, nor what a variable with a space holds if its use is quoted."""
    document = "cat > notes <<'END'\n# *.csv\nEND\n"
    assert not pasting.traps(document + 'KEY="a b $(cat data/admin.key)"\nfind . -name \'*.csv\'\necho "#$KEY ?" $?\n')


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
    shown = CliRunner().invoke(app, [arguments[0], "--help"]).output
    assert all(flag in shown for flag in arguments if flag.startswith("--"))
