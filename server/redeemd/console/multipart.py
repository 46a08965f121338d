"""Reads a form with a file (RFC 7578)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

FIELDS_MAX = 50
_BOUNDARY = re.compile(r'multipart/form-data;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*')
_NAME = re.compile(rb'\r\ncontent-disposition:\s*form-data;[^\r\n]*?\bname="([^"\r\n]*)"', re.IGNORECASE)
_FILE = re.compile(rb"\r\ncontent-disposition:[^\r\n]*;\s*filename=", re.IGNORECASE)


class Parts(NamedTuple):
    """The fields of a form, and the content of its file; empty if none was chosen."""

    fields: Mapping[str, str]
    file: bytes


def boundary_of(content_type: str) -> bytes | None:
    """Return what separates the parts of a body; None for a body of another type."""
    match = _BOUNDARY.fullmatch(content_type)
    return (match[1] or match[2]).encode("ascii", "replace") if match else None


def parse(body: bytes, boundary: bytes) -> Parts:
    """Parse a body. Raises ValueError."""
    first, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary, FIELDS_MAX + 1)
    if first or not parts or not parts[-1].startswith(b"--"):
        raise ValueError("not a whole form, or one of too many fields")
    fields: dict[str, str] = {}
    file = b""
    for part in parts[:-1]:
        head, separator, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not separator or name is None:
            raise ValueError("a part without a name")
        if _FILE.search(head):
            file = content
        else:
            fields[name[1].decode()] = content.decode().replace("\r\n", "\n")
    return Parts(fields, file)
