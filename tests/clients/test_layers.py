"""The clients for Go and TypeScript: what they know of methods, and how they behave when servers do not."""

import json
import os
import re
import subprocess

import pytest
from redeemd_client.rules import rule_of
from support.contract import METHODS, REPOSITORY

GENERATED = REPOSITORY / "generated"
BUILT = REPOSITORY / ".tools" / "typescript" / "built" / "typescript"
pytestmark = pytest.mark.timeout(1800)  # the first build of a language fetches what it needs
RULES = {rule.path: rule for rule in map(rule_of, METHODS)}  # which tests/python_client compares with the policies


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("client", ["go"], indirect=True)
def test_the_client_for_go(tmp_path):
    """Its tests: rules, keys, tokens, errors."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({it.path: {"Writes": it.writes, "TakesKey": it.takes_key} for it in RULES.values()}))
    environment = os.environ | {"REDEEMD_RULES": str(rules)}
    command = ["go", "test", "-count", "1", "./redeemd"]
    done = subprocess.run(command, cwd=GENERATED / "go", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok" in done.stdout


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("client", ["typescript"], indirect=True)
def test_the_client_for_typescript():
    """Its tests, and its lists of methods."""
    done = subprocess.run(["node", BUILT / "layer.mjs"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    text = (GENERATED / "typescript" / "grpc-js" / "src" / "methods.ts").read_text(encoding="utf-8")
    listed = {
        name: set(json.loads(paths)) for name, paths in re.findall(r"const (\w+):.*?Set\((.*?)\);", text, re.DOTALL)
    }
    served = {name: {path for path in paths if path in RULES} for name, paths in listed.items()}
    assert served["writing"] == {it.path for it in RULES.values() if it.writes}
    assert served["keyed"] == listed["keyed"] == {it.path for it in RULES.values() if it.takes_key}
