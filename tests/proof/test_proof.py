"""Short runs of the proof; `make proof` does long ones. See docs/explanation/proof.md."""

import subprocess
import sys

import pytest

from proof import bugs
from proof.plan import Options
from proof.run import run

_QUICKLY_SEEN = ("no guard: a used code can be used", "no idempotency row")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("store", "operations"), [("sqlite", 3000), ("postgresql", 2000)])
async def test_clients_find_no_anomaly_under_faults(program, request, tmp_path, store, operations):  # noqa: ARG001
    """All histories are explainable under faults, and every reward has its code."""
    if store == "postgresql":
        request.getfixturevalue("postgres")
    findings = await run(tmp_path, Options(operations, faults=6, store=store, seed=1))
    assert findings.anomalies == []
    assert findings.operations >= operations
    assert sum(findings.faults.values()) == 6


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", _QUICKLY_SEEN)
async def test_a_broken_build_is_found_out(program, tmp_path, name):  # noqa: ARG001
    """The proof can fail. `make proof-bugs` shows it for the others, which takes minutes."""
    (bug,) = [bug for bug in bugs.BUGS if bug.name == name]
    findings = await bugs.seen(bug, tmp_path, Options(700, faults=2, store=bug.store, seed=1))
    assert findings.unexplained


@pytest.mark.parametrize("bug", bugs.BUGS, ids=lambda bug: bug.name)
def test_what_a_bug_breaks_is_still_there(bug):
    """The server has, once, the text that the broken build lacks."""
    assert bug.stands_in((bugs.SERVER / bug.file).read_text())
    assert bug.text != bug.broken


@pytest.mark.parametrize("bug", [bug for bug in bugs.BUGS if bug.file.endswith(".py")], ids=lambda bug: bug.name)
def test_a_broken_build_uses_only_names_that_exist(bug, tmp_path):
    """A bug whose text has moved to another function would break the start of the server, and prove nothing."""
    path = bug.build(tmp_path / "server") / bug.file
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", path]
    assert subprocess.run(ruff, check=False, capture_output=True, text=True).stdout == "All checks passed!\n"
