"""Which clients are tested."""

import functools
import subprocess
from pathlib import Path

import pytest
from support import client_key, lacking
from support.clients import CLIENTS, NAMES, language_of, missing
from support.clients_verified import Verifying
from support.contract import REPOSITORY

_HERE = Path(__file__).parent


def pytest_configure(config):
    """Note it when all clients pass, if all were requested."""
    if client_key.all_wanted():
        config.pluginmanager.register(Verifying(path.name for path in _HERE.glob("test_*.py")))


def pytest_collection_modifyitems(config, items):
    """Leave out all but a few languages, unless all have to be tested."""
    if client_key.all_needed():
        return
    dropped = [item for item in items if _left_out(item)]
    items[:] = [item for item in items if item not in dropped]
    config.hook.pytest_deselected(items=dropped)


def _left_out(item):
    parameters = item.callspec.params if item.path.is_relative_to(_HERE) and hasattr(item, "callspec") else {}
    name = parameters.get("client") or parameters.get("language")
    return name is not None and language_of(name) not in client_key.ALWAYS


@functools.cache
def generate(language):
    """Write the stubs of a language, once for all of its clients."""
    subprocess.run(["make", "--silent", f"generate-{language}"], cwd=REPOSITORY, check=True)


@pytest.fixture(scope="session", params=NAMES)
def client(request):
    """The command that runs a client, whose stubs were generated and which was built."""
    name = request.param
    if programs := missing(name):
        lacking.skip(f"the client in {name} needs {', '.join(programs)}")
    generate(language_of(name))
    if (build := CLIENTS / name / "build.sh").exists():
        subprocess.run([build], check=True)
    return CLIENTS / name / "run.sh"
