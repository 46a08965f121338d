"""Fixtures of the tests of parity."""

from dataclasses import dataclass

import pytest
from support import lacking
from support.contract import MESSAGES, METHODS

from parity import engines
from parity.judged import Judged, has_rules

LANGUAGES = {"go": engines.go, "typescript": engines.typescript}
_REQUESTS = {method.input_type.full_name for method in METHODS}
# Every request, and whatever else has rules.
CHECKED = [message for message in MESSAGES if message.full_name in _REQUESTS or has_rules(message)]


@dataclass
class Language:
    """A program, built and running."""

    command: list
    engine: engines.Engine


@pytest.fixture(scope="session")
def languages():
    """Returns a language by its name; it is built when it is first requested."""
    started = {}

    def language(name):
        if name not in started:
            command = _command(name)
            started[name] = Language(command, engines.Engine(command))
        return started[name]

    yield language
    for language in started.values():
        language.engine.__exit__()


def _command(name):
    try:
        return LANGUAGES[name]()
    except engines.Missing as reason:
        lacking.skip(reason)


@pytest.fixture(scope="module", params=CHECKED, ids=lambda message: message.full_name)
def judged(request):
    """Thousands of values of a message, and what the server finds in each."""
    return Judged(request.param)
