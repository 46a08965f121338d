"""A receiver, and a server that sends events to it."""

import pytest
from support.handler import until
from support.receiver import receiving, webhook
from support.service import running


@pytest.fixture
async def receiver(tmp_path):
    """A receiver in this process."""
    async with receiving(tmp_path / "receiver") as receiver:
        yield receiver


@pytest.fixture
def chosen():
    """Settings of the webhook, besides those of all tests."""
    return {}


@pytest.fixture
async def world(tmp_path, receiver, chosen):
    """A namespace on a server of the test's own, which sends events to the receiver."""
    async with running(tmp_path / "data", webhooks=receiver.file(**{"kinds": ["REDEEMED"]} | chosen)) as service:
        await until(lambda: webhook(service))
        yield await service.world()
