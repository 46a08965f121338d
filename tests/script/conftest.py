"""A server with scripts after events."""

import pytest
from support.after_scripts import SOURCES
from support.exchanges import make_exchanges
from support.scripts import running_with


@pytest.fixture
async def service(tmp_path):
    """A server with scripts."""
    async with running_with(tmp_path, **SOURCES) as service:
        yield service


@pytest.fixture
async def exchanges(service):
    """Namespaces on it."""
    return await make_exchanges(service, enable_await_exchange=True)
