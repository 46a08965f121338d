"""Which clients are tested."""

from pathlib import Path

from support import client_key
from support.clients import language_of
from support.clients_verified import Verifying

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
