"""A handler, and a server that calls it."""

import pytest
from support.exchanges import make_exchanges
from support.handler import HURRIED, handling
from support.service import running


@pytest.fixture
async def handler(tmp_path):
    """A handler in a process of its own."""
    async with handling(tmp_path / "handler") as handler:
        yield handler


@pytest.fixture
def batches():
    """Whether deliveries go in batches."""
    return False


@pytest.fixture
def deadline_seconds():
    """How long the server waits for a response of the handler."""
    return HURRIED["deadlineSeconds"]


@pytest.fixture
async def exchanges(tmp_path, handler, batches, deadline_seconds):
    """Namespaces on a server of the test's own, which has the handler."""
    settings = handler.configuration(batches=batches, deadlineSeconds=deadline_seconds)
    async with running(tmp_path / "data", action_handlers=settings) as service:
        yield await make_exchanges(service)
