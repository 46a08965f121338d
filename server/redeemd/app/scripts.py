"""The scripts that the settings name."""

from redeemd.config import ConfigError, Settings
from redeemd.script import scripts
from redeemd.script.scripts import Scripts


def of(settings: Settings) -> Scripts:
    """Read and compile the scripts. Raises ConfigError with every problem, or OSError."""
    if settings.scripts is None:
        return Scripts(None)
    try:
        return Scripts(scripts.load(settings.scripts))
    except ValueError as problem:
        raise ConfigError(str(problem)) from None
