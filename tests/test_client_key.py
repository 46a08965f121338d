"""The hash that represents the clients of all languages, written only by a run of all of them."""

import subprocess
from types import SimpleNamespace

import pytest
from support import client_key
from support.clients_verified import Verifying

TESTS = [
    "tests/clients/test_a.py::test_a[go]",
    "tests/clients/test_a.py::test_a[php]",
    "tests/clients/test_b.py::test_b",
]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with some of what the clients are made of, and with the hash of it."""
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for name in (
        "protos/a.proto",
        "generated/go.go",
        "tests/clients/run.sh",
        "docs/how-to/clients/a.md",
        "server/other.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".gitignore").write_text("/generated/ignored/\n")
    monkeypatch.setattr(client_key, "ROOT", tmp_path)
    monkeypatch.setattr(client_key, "FILE", tmp_path / "tests" / "clients" / "verified.sha256")
    monkeypatch.delenv("REDEEMD_CLIENTS", raising=False)
    client_key.FILE.write_text(client_key.digest())
    return tmp_path


def finish(collected, passed, exitstatus=0):
    """Run tests, of which some pass; return whether all clients count as tested then."""
    client_key.FILE.unlink(missing_ok=True)
    plugin = Verifying(["test_a.py", "test_b.py"])
    plugin.pytest_collection_modifyitems([SimpleNamespace(nodeid=nodeid) for nodeid in collected])
    for nodeid in collected:
        plugin.pytest_runtest_logreport(SimpleNamespace(nodeid=nodeid, when="call", passed=nodeid in passed))
    plugin.pytest_sessionfinish(exitstatus)
    return not client_key.all_needed()


@pytest.mark.parametrize(
    "name",
    ["protos/a.proto", "generated/go.go", "tests/clients/run.sh", "docs/how-to/clients/a.md", "protos/clients/new.sh"],
)
def test_a_change_of_what_clients_are_made_of_needs_all(checkout, name):
    """A changed file, and a new one that is not committed yet."""
    assert not client_key.all_needed()
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text("changed")
    assert client_key.all_needed()


@pytest.mark.parametrize("name", ["server/other.py", "generated/ignored/stub.go", "protos/reference/page.py"])
def test_a_change_of_something_else_does_not(checkout, name):
    """Of the server, of stubs that are not committed, or of the generator of the documentation."""
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("changed")
    assert not client_key.all_needed()


def test_all_are_tested_on_request(checkout, monkeypatch):  # noqa: ARG001 -- wanted for its hash
    """By REDEEMD_CLIENTS=all, which `make test-all` sets."""
    monkeypatch.setenv("REDEEMD_CLIENTS", "all")
    assert client_key.all_needed()


@pytest.mark.usefixtures("checkout")
def test_a_run_in_which_all_pass_writes_the_hash():
    """Then Python and Go represent all."""
    assert finish(TESTS, passed=TESTS)


@pytest.mark.usefixtures("checkout")
def test_any_other_run_does_not_write_the_hash():
    """One fails or is skipped or left out by -k; a file of tests is not run; the run is interrupted."""
    assert not finish(TESTS, passed=TESTS[1:])
    assert not finish(TESTS[:2], passed=TESTS[:2])
    assert not finish(TESTS, passed=TESTS, exitstatus=2)


def test_a_change_during_the_run_is_not_taken_for_tested(checkout):
    """The hash of before is not that of now."""
    client_key.FILE.unlink(missing_ok=True)
    plugin = Verifying(["test_b.py"])
    plugin.pytest_collection_modifyitems([SimpleNamespace(nodeid=TESTS[2])])
    plugin.pytest_runtest_logreport(SimpleNamespace(nodeid=TESTS[2], when="call", passed=True))
    (checkout / "protos" / "a.proto").write_text("changed")
    plugin.pytest_sessionfinish(0)
    assert client_key.all_needed()
