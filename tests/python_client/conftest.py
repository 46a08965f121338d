"""Clients of the shared server, with the administrator's key."""

import pytest
from redeemd_client import AsyncClient, Client, Key

from python_client.links import address_of


@pytest.fixture
async def redeemd(service):
    """The asynchronous client."""
    async with AsyncClient(address_of(service), Key(service.key)) as client:
        yield client


@pytest.fixture
async def blocking(service):
    """The synchronous client, to be called in threads."""
    with Client(address_of(service), Key(service.key)) as client:
        yield client
