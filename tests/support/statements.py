"""The tests that are the same in every lane, so they run in that of SQLite only.

They reach no statement of the lane's store: of none at all, or only of stores that they choose themselves.
same_on_both.txt lists their functions. A listed one that reaches such a statement fails on SQLite;
`REDEEMD_UPDATE_GOLDEN=1 make test` rewrites the list, for the tests that it runs.
"""

import asyncio
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from redeemd.auth.authorize import Authorizer
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sqlite.store import SqliteStore

from support.contract import REPOSITORY
from support.lane import USE

LIST = Path(__file__).with_name("same_on_both.txt")
# Looks up the key of a caller, once a minute: by chance in the one test or the other.
_BY_CHANCE = f"{Authorizer.check_key.__qualname__}.<locals>.body"
_REACHED = "reached a statement"
# What starts servers itself, needs none, or is about clients: all of it runs on SQLite only, and none of it is listed.
_WITHOUT_LANE = (
    *("clients", "deploy", "docs", "fuzz", "parity", "proof", "python_client"),
    *("test_client_key.py", "test_statements.py", "contract/test_tools.py"),
    *("console/test_browser.py", "console/test_browser_support.py"),
    "store/test_conformance.py",
)
# Tests of the path of a request to its method, of pages, of log-in. Others, in both lanes, reach the same statements.
_BEFORE_STATEMENTS = (
    *("checkout", "console/openid", "door", "handlers/test_examples.py", "handlers/test_tls.py"),
    *("console/test_browser_actions.py", "console/test_guard.py", "console/test_log_in.py", "console/test_settings.py"),
    *("console/test_sheet.py", "contract/test_breaking.py", "contract/test_stalls.py"),
    "contract/test_token_lengths.py",
    *("server/test_http_edges.py", "server/test_imports.py", "server/test_log_settings.py", "server/test_tls.py"),
    *("server/test_standard_services.py", "server/test_unix_socket.py", "server/test_uploads.py"),
)
SAME_ON_BOTH = _WITHOUT_LANE + _BEFORE_STATEMENTS
# A server and a namespace for tests that are about something else. Other fixtures are a part of their tests.
_SHARED = {"service", "world"}


def listed() -> set[str]:
    """Return the functions that are listed, as `path::name`."""
    return set(LIST.read_text(encoding="utf-8").splitlines())


def function_of(nodeid: str) -> str:
    """Return the function of a test, without its parameters."""
    return nodeid.partition("[")[0]


def is_same_on_both(nodeid: str) -> bool:
    """Return whether a test is one of what is the same on both."""
    return any(nodeid.startswith(f"tests/{name}") for name in SAME_ON_BOTH)


def exists(function: str) -> bool:
    """Return whether there still is such a function."""
    path, _, name = function.partition("::")
    file = REPOSITORY / path
    return file.exists() and f"def {name}(" in file.read_text(encoding="utf-8")


class Statements:
    """A plugin of pytest: checks what is listed, and rewrites the list on request.

    `reached` says whether the test that is running has reached a statement of the lane's store so far.
    """

    def __init__(self) -> None:
        self._listed = listed()
        self._loops: set[asyncio.AbstractEventLoop] = set()
        self._from_before: set[asyncio.Task[Any]] = set()
        self._fixtures: set[Any] = set()  # those that reached one, in this process
        self.reached = False
        self._without: dict[str, bool] = {}  # whether a function that ran reached none, in whatever process
        for store in (SqliteStore, PostgresStore):
            self._watch(store)
        USE.notice = self._notice

    def _watch(self, store: Any) -> None:
        run = store.run

        async def noted(store: Any, body: Any, **options: Any) -> Any:
            if store in USE:
                self._note(body)
            return await run(store, body, **options)

        store.run = noted

    def _note(self, body: Any) -> None:
        """Note a statement, unless it is of a task from before: of a server's background, or of another test."""
        self._loops.add(asyncio.get_running_loop())
        if getattr(body, "__qualname__", "") != _BY_CHANCE and asyncio.current_task() not in self._from_before:
            self.reached = True

    def _notice(self) -> None:
        self.reached = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Note which tasks are not of this test."""
        self._loops = {loop for loop in self._loops if not loop.is_closed()}
        self._from_before = {task for loop in self._loops for task in asyncio.all_tasks(loop)}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        """Note whether a fixture reaches a statement, by itself: tasks of servers that run already are not its own."""
        self.pytest_runtest_setup()
        before, self.reached = self.reached, False
        result = yield
        if reached := self.reached and fixturedef.argname not in _SHARED:
            self._fixtures.add(fixturedef)
        self.reached = before or reached
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: Any) -> Generator[None, Any, Any]:
        """Fail a listed test that reaches a statement, by itself or by a fixture."""
        self.pytest_runtest_setup()
        used = {fixture for found in item._fixtureinfo.name2fixturedefs.values() for fixture in found}
        self.reached = not self._fixtures.isdisjoint(used)
        result = yield
        if self.reached:
            item.user_properties.append((_REACHED, True))
            if function_of(item.nodeid) in self._listed and not _updating():
                pytest.fail(f"it reached a statement of the lane's store: {LIST.name} may not list it")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record a test of any process."""
        if report.when == "call":
            name = function_of(report.nodeid)
            without = report.passed and (_REACHED, True) not in map(tuple, report.user_properties)
            self._without[name] = self._without.get(name, True) and without

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Rewrite the list, with what is known of functions that did not run."""
        if _updating() and not hasattr(session.config, "workerinput"):
            kept = {name for name in listed() if name not in self._without and exists(name)}
            names = kept | {name for name, without in self._without.items() if without and not is_same_on_both(name)}
            LIST.write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")


def _updating() -> bool:
    return bool(os.environ.get("REDEEMD_UPDATE_GOLDEN"))
