"""Fixtures of the fuzz tests."""

import pytest
from support.fuzz_server import fuzzed_server


@pytest.fixture(scope="module")
def fuzzed():
    """A server for all that a module sends; in the end its honest namespace is looked through."""
    with fuzzed_server() as fuzzed:
        yield fuzzed
        fuzzed.run(fuzzed.check())
        fuzzed.run(fuzzed.check_honest())
