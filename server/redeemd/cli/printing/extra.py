"""The libraries that printing needs, of the extra `redeemd[print]`."""

import importlib
from typing import Any


class NotPrintable(Exception):
    """Something cannot be printed. The message says why, and what to do."""


def library(name: str) -> Any:  # a module
    """Import a module of the extra. Raises NotPrintable."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise NotPrintable(f"printing needs {name.partition('.')[0]}: pip install 'redeemd[print]'") from None
