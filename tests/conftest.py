"""Fixtures that all tests may use."""

import gc
import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from redeemd.app.server import tame_garbage_collector
from support import browser, forked, lacking, programs, scratch
from support import pgbouncer as pgb
from support import postgres as pg
from support.clock import ManualClock
from support.lane import ON_POSTGRES
from support.service import running
from support.statements import SAME_ON_BOTH, Statements, function_of, listed
from support.watchdog import Watchdog

_HERE = Path(__file__).parent

# No example has to be quick: how long it takes depends on what else the machine does.
settings.register_profile("on a busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("on a busy machine")
_numbers = itertools.count(1)

# What the tests of the whole service leave out when its data is in PostgreSQL, and why. Names begin so.
ON_SQLITE_ONLY = {
    "tests/server/test_store_faults.py": "makes SQLite's own writer fail; tests/store/test_postgres.py has the like",
    "tests/contract/test_error_payloads.py::test_a_refusal_is_what_its_example_shows[OVERLOADED]": "holds that writer",
    "tests/server/test_overload_and_deadlines.py": "holds SQLite's one writer to fill its queue",
    "tests/server/test_health_and_http.py::test_metrics_describe_the_store": "counts the batches of SQLite's writer",
    "tests/serialkey/test_batch_limits.py::test_other_calls_do_not_wait_for_a_whole_batch": "the order of its writer",
    "tests/store/test_copying.py": "has both engines itself, and counts every statement of the process",
    "tests/server/test_backup.py": "copies the embedded database's file",
    "tests/server/test_cli.py::test_keys_without_a_server": "is about the lock of an embedded database",
    "tests/server/test_cli.py::test_migrate_applies_once_and_keeps_off_a_server": "is about that lock",
    "tests/serialkey/test_import_survival.py": "kills a process on an embedded database, and reads its file",
    "tests/serialkey/test_master_keys.py": "copies a namespace from one file to another",
    "tests/events/test_cursors.py::test_a_cursor_from_after_a_backup": "copies the embedded database's file",
    "tests/server/test_copy.py": "copies from one engine to the other itself",
    "tests/server/test_copy_refused.py": "same",
    "tests/exchange/test_player_data.py::test_the_database_holds_no_config_in_clear_text": "reads the file",
}


def pytest_configure(config):
    """Choose where tests write, and watch which of them reach a database."""
    scratch.choose()
    config.pluginmanager.register(Watchdog(), "watchdog")
    if not ON_POSTGRES:
        config.pluginmanager.register(Statements(), "statements")


def pytest_collection():
    """Do without the garbage collector while all tests are imported: it would take a third of that time."""
    gc.disable()


def pytest_collection_finish():
    """Keep it, as in a server, from traversing again and again what was imported."""
    gc.enable()
    tame_garbage_collector()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    """Stop PostgreSQL now: a worker that takes long to exit is killed, and leaves it running."""
    pg.close()
    forked.close()


def pytest_unconfigure():
    """Remove what killed workers left; here they have ended."""
    programs.remove_left_ones()


def pytest_ignore_collect(collection_path):
    """Ignore on PostgreSQL what is the same on both."""
    if ON_POSTGRES and any(collection_path == _HERE / name for name in SAME_ON_BOTH):
        return True
    return None


def pytest_collection_modifyitems(config, items):
    """On PostgreSQL, leave out what reaches no statement, and skip what is about SQLite alone, with the reason."""
    if not ON_POSTGRES:
        return
    left_out = set() if pg.PARTITIONED else listed()  # partitions are for all that is in PostgreSQL
    dropped = [item for item in items if function_of(item.nodeid) in left_out]
    items[:] = [item for item in items if function_of(item.nodeid) not in left_out]
    config.hook.pytest_deselected(items=dropped)
    for item in items:
        for name, reason in ON_SQLITE_ONLY.items():
            if item.nodeid.startswith(name):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
async def service(tmp_path_factory):
    """A server that all tests share; each works in namespaces of its own."""
    async with running(tmp_path_factory.mktemp("data")) as service:
        yield service


@pytest.fixture
async def world(service):
    """A namespace of the test's own, with the campaign `spring` in force."""
    return await service.world()


@pytest.fixture(scope="session")
async def chromium():
    """Chromium, which all tests share; each opens contexts of its own."""
    async with browser.chromium() as started:
        yield started


@pytest.fixture
async def own_service(tmp_path):
    """A server of the test's own, for tests that break something or count everything; its clock is stopped."""
    async with running(tmp_path, clock=ManualClock()) as service:
        yield service


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server that the tests of a process share."""
    if reason := programs.missing():
        lacking.skip(reason)
    return pg.shared()


@pytest.fixture
def postgres_url(postgres):
    """An empty database of the test's own."""
    name = f"test-{next(_numbers)}"
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def pooler(postgres):
    """A pgbouncer in transaction mode before that server."""
    if reason := pgb.missing():
        lacking.skip(reason)
    with pgb.pgbouncer(postgres) as pooler:
        yield pooler
