"""The configuration: the settings of a server, and the JSON files that they name."""

from redeemd.config.database_url import check_database, embedded_path, is_embedded
from redeemd.config.settings import (
    GRN_PART,
    MASTER_KEY_FILE,
    ConfigError,
    Settings,
    load,
)

__all__ = [
    "GRN_PART",
    "MASTER_KEY_FILE",
    "ConfigError",
    "Settings",
    "check_database",
    "embedded_path",
    "is_embedded",
    "load",
]
