"""A server with its console."""

import pytest
from support.browser import Browser
from support.console import console, logged_in, person


@pytest.fixture(scope="module")
async def service(tmp_path_factory):
    """A server with its console, for the tests of a module."""
    async with console(tmp_path_factory.mktemp("console")) as service:
        yield service


@pytest.fixture
async def admin(service):
    """The administrator, logged in."""
    async with logged_in(service) as admin:
        yield admin


@pytest.fixture
async def stranger(service):
    """Somebody who has not logged in."""
    async with person(service) as stranger:
        yield stranger


@pytest.fixture(scope="module")
def chromium(chromium):
    """The browser, for pages of the console."""
    return Browser(chromium)
