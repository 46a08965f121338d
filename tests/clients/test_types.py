"""The types of the Python client, as users of the wheel see them."""

import os
import subprocess
import sys

import pytest
from support.clients import CLIENTS
from support.contract import REPOSITORY

PROGRAM = CLIENTS / "python" / "first_call.py"
CALL = "codes.CreateNamespace(pb.CreateNamespaceRequest(name=shop))"


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("client", ["python"], indirect=True)
def test_the_example_passes_strict_checks_and_a_mistake_does_not(tmp_path):
    """Requests and responses of every method have types: another request is an error."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        PROGRAM.read_text(encoding="utf-8").replace(CALL, "codes.CreateNamespace(pb.UseRequest(code=shop))")
    )
    checker = [sys.executable, "-m", "mypy", "--config-file", os.devnull, "--cache-dir", tmp_path, "--strict"]
    found = subprocess.run(
        [*checker, "--follow-imports", "silent", "--scripts-are-modules", PROGRAM, wrong],
        env=os.environ | {"MYPYPATH": str(REPOSITORY / "generated" / "python-client")},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    # Those in what protoc writes are not reported where it is installed.
    errors = [line for line in found.stdout.splitlines() if ": error: " in line and "_pb2.pyi:" not in line]
    assert len(errors) == 1, found.stdout
    assert errors[0].startswith("wrong.py:")
    assert 'incompatible type "UseRequest"; expected "CreateNamespaceRequest"' in errors[0]
