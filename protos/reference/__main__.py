"""`python -m reference SOURCES FOLDER`: writes the generated pages of docs/reference into FOLDER.

SOURCES is a descriptor set of the protos with source info, which holds the comments.
"""

import posixpath
import re
import sys
from pathlib import Path

from reference.actions import actions_page
from reference.commands import commands_page
from reference.entities import entities_page, enums_page
from reference.errors import errors_page
from reference.index import index_page
from reference.methods import service_page
from reference.settings import settings_page
from reference.source import PACKAGES, SERVICES, Source

_API = "api"
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)(#[^)]*)?\)")


def pages(source: Source) -> dict[str, str]:
    """Return the pages by their paths in docs/reference."""
    written = {
        "README.md": index_page(source),
        "actions.md": actions_page(source),
        "enums.md": enums_page(source),
        "../errors.md": errors_page(source),
        "../configuration.md": settings_page(),
        "../cli.md": commands_page(),
    }
    written |= {source.page_of(service): service_page(source, service) for service in SERVICES}
    for package in PACKAGES:
        if source.entities(package):
            written[source.entities_page_of(package)] = entities_page(source, package)
    located = {posixpath.normpath(f"{_API}/{name}"): text for name, text in written.items()}
    return {path: _with_links(path, text) for path, text in located.items()}


def _with_links(page: str, text: str) -> str:
    """Return a page whose links, which are written as from the folder of the API, lead on from where the page is."""

    def link(found: re.Match[str]) -> str:
        target = posixpath.normpath(f"{_API}/{found[1]}")
        path = "" if target == page and found[2] else posixpath.relpath(target, posixpath.dirname(page))
        return f"]({path}{found[2] or ''})"

    return _LINK.sub(link, text)


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    for path, text in pages(Source(Path(sys.argv[1]).read_bytes())).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
