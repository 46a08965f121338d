"""The note that all clients were tested. Only a run in which all of their tests passed writes it."""

from collections.abc import Iterable

import pytest

from support import client_key

FOLDER = "tests/clients/"


class Verifying:
    """A plugin of pytest: writes the hash of what the clients are made of when each of their tests passed."""

    def __init__(self, files: Iterable[str]) -> None:
        """`files` are the names of all files of tests in the folder."""
        self._files = {f"{FOLDER}{name}" for name in files}
        self._before = client_key.digest()
        self._collected: set[str] = set()
        self._passed: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note all tests there are, also those that -k leaves out."""
        self._collected = {item.nodeid for item in items if item.nodeid.startswith(FOLDER)}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that passed; one that is skipped does not."""
        if report.when == "call" and report.passed:
            self._passed.add(report.nodeid)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write the hash, if nothing changed since the first test began."""
        whole = self._files == {nodeid.partition("::")[0] for nodeid in self._collected}
        if exitstatus == 0 and whole and self._collected <= self._passed and client_key.digest() == self._before:
            client_key.FILE.write_text(f"{self._before}\n", encoding="utf-8")
