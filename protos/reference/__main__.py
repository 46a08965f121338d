"""`python -m reference SOURCES FOLDER`: writes the pages of the API reference into a folder.

SOURCES is a descriptor set of the protos with source info, which contains the comments.
"""

import sys
from pathlib import Path

from reference.actions import actions_page
from reference.entities import entities_page, enums_page
from reference.errors import errors_page
from reference.index import index_page
from reference.methods import service_page
from reference.source import PACKAGES, SERVICES, Source


def pages(source: Source) -> dict[str, str]:
    """Return the text of each page by file name."""
    written = {
        "README.md": index_page(source),
        "actions.md": actions_page(source),
        "enums.md": enums_page(source),
        "errors.md": errors_page(source),
    }
    written |= {source.page_of(service): service_page(source, service) for service in SERVICES}
    for package in PACKAGES:
        if source.entities(package):
            written[source.entities_page_of(package)] = entities_page(source, package)
    return written


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    for name, text in pages(Source(Path(sys.argv[1]).read_bytes())).items():
        (folder / name).write_text(text.replace(f"]({name}#", "](#"), encoding="utf-8")  # links inside a page
