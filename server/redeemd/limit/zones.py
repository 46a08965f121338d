"""Time zones: the one source of zone data, which is the newer of the operating system's and the package's.

zoneinfo by itself takes the system's files first, however old they are: those of 2025 have America/Vancouver an hour
off from November 2026 on. Only this module asks zoneinfo.
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
_NO_ZONE = "Factory"  # stands for a machine that was told none
_VERSION = re.compile(r"(?:# version )?(\d{4}[a-z]{1,2})")
# What says in a directory of zone data of which version it is.
_VERSION_FILES = ("tzdata.zi", "+VERSION")


class Source(NamedTuple):
    """Zone data of one version."""

    version: str  # as IANA has it: "2026f"
    origin: str
    files: Traversable

    def zone(self, name: str) -> ZoneInfo:
        """Read a zone. Raises OSError where the source has none of the name."""
        with self.files.joinpath(name).open("rb") as file:
            return ZoneInfo.from_file(file, key=name)


def packaged() -> Source:
    """Return the data of the package tzdata."""
    files = importlib.resources.files(_PACKAGE).joinpath("zoneinfo")
    version = _version(files)
    assert version is not None, "the package has the file since 2020"
    return Source(version, f"package {_PACKAGE}", files)


def of_the_system(directories: Iterable[str] = zoneinfo.TZPATH) -> Source | None:
    """Return the data of the operating system; None where there is none, or it does not say of which version it is."""
    for directory in map(Path, directories):
        version = _version(directory)
        if version is not None:
            return Source(version, str(directory), directory)
    return None


def newest(*sources: Source | None) -> Source:
    """Return the source of the newest version, the first of several."""
    return max((source for source in sources if source is not None), key=lambda source: source.version)


def _version(directory: Traversable) -> str | None:
    """Return of which version a directory of zone data says it is."""
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
    """Return the source that this process goes by."""
    return newest(packaged(), of_the_system())


@functools.cache
def names() -> frozenset[str]:
    """Return the names of the zones that there are everywhere: those of the package."""
    listed = importlib.resources.files(_PACKAGE).joinpath("zones").read_text("ascii")
    return frozenset(listed.split()) - {_NO_ZONE}


@functools.lru_cache(maxsize=1000)  # there are some 600
def zone(name: str) -> ZoneInfo:
    """Return a zone of `names`."""
    try:
        return source().zone(name)
    except OSError:  # distributions leave out old names
        return packaged().zone(name)
