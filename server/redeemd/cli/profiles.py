"""Connection profiles: named sets of connection options in the config file of a user.

    [profiles.live]
    server = "codes.example.com:50051"
    tls = true
    key-file = "live.key"

The file is `redeemd/config.toml` in $XDG_CONFIG_HOME, by default ~/.config. Paths in it are relative to its folder.
"""

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeGuard

PATHS = frozenset({"ca", "client_cert", "client_key", "key_file"})


class ProfileError(Exception):
    """A profile cannot be used. The message says why, in a sentence."""


def config_path() -> Path:
    """Return the path of the config file, which need not exist."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "redeemd" / "config.toml"


def load(name: str, kinds: Mapping[str, type]) -> dict[str, object]:
    """Return the options of a profile, by the names of parameters. Raises ProfileError.

    `kinds` has the type of each option that a profile may set.
    """
    path = config_path()
    found = _profiles(path)
    if name not in found:
        there = f"it has {', '.join(sorted(found))}" if found else "it has none"
        raise ProfileError(f"there is no profile {name} in {path}; {there}")
    return dict(_options(found[name], kinds, f"profile {name} of {path}", path.parent))


def _profiles(path: Path) -> dict[str, object]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProfileError(f"there is no config file {path}, which has the profiles") from None
    except OSError as problem:
        raise ProfileError(f"{path}: {problem.strerror}") from None
    except ValueError as problem:  # of TOML, or of UTF-8
        raise ProfileError(f"{path} cannot be read: {problem}") from None
    profiles = document.get("profiles", {})
    if not _is_table(profiles):
        raise ProfileError(f"{path} has no tables [profiles.NAME]")
    return profiles


def _options(table: object, kinds: Mapping[str, type], where: str, folder: Path) -> Iterator[tuple[str, object]]:
    """Yield the options of a profile. Raises ProfileError for one that is unknown or has another type."""
    if not _is_table(table):
        raise ProfileError(f"{where} is no table")
    for key, value in table.items():
        name = key.replace("-", "_")
        if key == "key":
            raise ProfileError(f"{where} has a key; write the key to a file that only you can read, and set key-file")
        if name not in kinds:
            options = ", ".join(sorted(each.replace("_", "-") for each in kinds))
            raise ProfileError(f"{where} has {key}, which is no option; those are {options}")
        if type(value) is not kinds[name]:
            raise ProfileError(f"{where}: {key} must be {'true or false' if kinds[name] is bool else 'text'}")
        yield name, folder / Path(str(value)).expanduser() if name in PATHS else value


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def warning(path: Path) -> str:
    """Return a warning about a file with a key that others can read; empty if only its owner can."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"warning: others can read the key in {path} (mode {mode:04o}): chmod 600 {path}" if mode & 0o044 else ""
