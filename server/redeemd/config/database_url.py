"""URLs of databases."""

from pathlib import Path

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")


def check_database(url: str) -> None:
    """Raise ValueError unless a URL has the scheme of a supported database."""
    if not url.startswith((_SQLITE, *_POSTGRES)):
        raise ValueError("must be sqlite:///PATH or postgresql://USER@HOST/NAME")


def is_embedded(url: str) -> bool:
    """Return whether a URL is that of an embedded database."""
    return not url.startswith(_POSTGRES)


def embedded_path(url: str) -> Path:
    """Return the path of an embedded database."""
    return Path(url.removeprefix(_SQLITE))
