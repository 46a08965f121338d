"""Fixtures of the tests behind Envoy."""

import pytest
from support import lacking
from support.mesh import meshed


@pytest.fixture(scope="session")
async def mesh(postgres, tmp_path_factory):  # noqa: ARG001 -- which skips where there is none
    """Two replicas behind Envoy, which all tests of the process share and leave as they were."""
    lacking.program("envoy")
    async with meshed(tmp_path_factory.mktemp("mesh")) as mesh:
        yield mesh


@pytest.fixture
async def meshed_world(mesh):
    """A namespace of the test's own, through Envoy."""
    async with mesh.service() as service:
        yield await service.world()
