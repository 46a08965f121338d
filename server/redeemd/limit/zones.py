"""Time zones, from a single source of zone data: the newer of the operating system's and the package's.

zoneinfo by itself prefers the system's files, however old they are: with those of 2025, America/Vancouver is an hour
off from November 2026 on. Only this module looks up zones.
"""

import functools
import importlib.resources
import re
import zoneinfo
from collections.abc import Iterable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

_PACKAGE = "tzdata"
_NO_ZONE = "Factory"  # the name for a machine without a configured zone
_VERSION = re.compile(r"(?:# version )?(\d{4}[a-z]{1,2})")
# The files that state the version of a directory of zone data.
_VERSION_FILES = ("tzdata.zi", "+VERSION")


class Source(NamedTuple):
    """Zone data of one version."""

    version: str  # in IANA's format: "2026f"
    origin: str
    files: Traversable

    def zone(self, name: str) -> ZoneInfo:
        """Read a zone. Raises OSError if the source has no zone with the name."""
        with self.files.joinpath(name).open("rb") as file:
            return ZoneInfo.from_file(file, key=name)


def packaged() -> Source:
    """Return the data of the package tzdata."""
    files = importlib.resources.files(_PACKAGE).joinpath("zoneinfo")
    version = _version(files)
    assert version is not None, "the package has the file since 2020"
    return Source(version, f"package {_PACKAGE}", files)


def of_the_system(directories: Iterable[str] = zoneinfo.TZPATH) -> Source | None:
    """Return the data of the operating system; None if there is none, or if it does not state its version."""
    for directory in map(Path, directories):
        version = _version(directory)
        if version is not None:
            return Source(version, str(directory), directory)
    return None


def newest(*sources: Source | None) -> Source:
    """Return the source with the newest version, the first of several."""
    return max((source for source in sources if source is not None), key=lambda source: source.version)


def _version(directory: Traversable) -> str | None:
    """Return the version that a directory of zone data states, or None."""
    for name in _VERSION_FILES:
        try:
            with directory.joinpath(name).open("rb") as file:
                found = _VERSION.match(file.readline(64).decode("ascii", "replace"))
        except OSError:
            continue
        if found is not None:
            return found[1]
    return None


@functools.cache
def source() -> Source:
    """Return the source that this process uses."""
    return newest(packaged(), of_the_system())


@functools.cache
def names() -> frozenset[str]:
    """Return the names of the zones that exist on every installation: those of the package."""
    listed = importlib.resources.files(_PACKAGE).joinpath("zones").read_text("ascii")
    return frozenset(listed.split()) - {_NO_ZONE}


@functools.lru_cache(maxsize=1000)  # there are about 600
def zone(name: str) -> ZoneInfo:
    """Return the zone with a name of `names`."""
    try:
        return source().zone(name)
    except OSError:  # distributions omit old names
        return packaged().zone(name)
