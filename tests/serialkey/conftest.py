"""Fixtures for tests of serial keys."""

import pytest


@pytest.fixture
async def own_world(own_service):
    """A namespace on a server of its own, whose housekeeping is ended."""
    await own_service.stop_housekeeping()
    return await own_service.world()
