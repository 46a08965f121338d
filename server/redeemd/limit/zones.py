"""Time zones, from the package tzdata alone, so that replicas on different machines reset counters at the same time.

zoneinfo by itself prefers the system's files, however old they are: with those of 2025, America/Vancouver is an hour
off from November 2026 on. Only this module looks up zones.
"""

import functools
import importlib.resources
from zoneinfo import ZoneInfo

import tzdata

_NO_ZONE = "Factory"  # the name for a machine without a configured zone

VERSION: str = tzdata.IANA_VERSION  # such as "2026f"


@functools.cache
def names() -> frozenset[str]:
    """Return the names of all zones."""
    listed = importlib.resources.files(tzdata).joinpath("zones").read_text("ascii")
    return frozenset(listed.split()) - {_NO_ZONE}


@functools.lru_cache(maxsize=1000)  # there are about 600
def zone(name: str) -> ZoneInfo:
    """Return the zone with a name of `names`."""
    with importlib.resources.files(tzdata).joinpath("zoneinfo", name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
