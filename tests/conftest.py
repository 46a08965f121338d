"""Fixtures that all tests may use."""

import itertools
import os

import pytest
from support import postgres as pg
from support.clock import ManualClock
from support.service import running

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
async def service(tmp_path_factory):
    """A server that all tests share; each works in namespaces of its own."""
    async with running(tmp_path_factory.mktemp("data")) as service:
        yield service


@pytest.fixture
async def world(service):
    """A namespace of the test's own, with the campaign `spring` in force."""
    return await service.world()


@pytest.fixture
async def own_service(tmp_path):
    """A server of the test's own, for tests that break something or count everything; its clock stands still."""
    async with running(tmp_path, clock=ManualClock()) as service:
        yield service


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server that the tests of a process share."""
    if reason := pg.missing():
        assert "REDEEMD_CI" not in os.environ, reason
        pytest.skip(reason)
    return pg.shared()


@pytest.fixture
def postgres_url(postgres):
    """An empty database of the test's own."""
    return postgres.create(f"test-{next(_numbers)}")
