"""Fixtures of the tests of the proof itself."""

import pytest
from support import lacking

from proof import checker


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """The checker, compiled."""
    try:
        return checker.build(tmp_path_factory.mktemp("checker"))
    except checker.NoGo as reason:
        lacking.skip(reason)
