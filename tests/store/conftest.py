"""Fixtures of the tests of stores."""

import pytest
from support import lacking, programs
from support.standby import with_standby


@pytest.fixture(scope="module")
def pair():
    """A primary whose commits wait for its standby."""
    if reason := programs.missing():
        lacking.skip(reason)
    with with_standby() as pair:
        yield pair
