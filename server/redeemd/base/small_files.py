"""Reads files of a bounded size."""

from pathlib import Path


def read(path: Path, bytes_max: int) -> bytes:
    """Return the content of a file. Raises ValueError, which names the file, if it cannot be read or is longer."""
    try:
        with path.open("rb") as file:
            content = file.read(bytes_max + 1)
    except OSError as problem:
        raise ValueError(f"{path}: {problem.strerror}") from None
    if len(content) > bytes_max:
        raise ValueError(f"{path}: is longer than {bytes_max} bytes")
    return content
