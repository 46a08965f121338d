"""docs/how-to/clients shows the example of each language as it is run."""

import os

import pytest
from support.clients import CLIENTS, NAMES, language_of
from support.contract import REPOSITORY

_PAGES = REPOSITORY / "docs" / "how-to" / "clients"


def shown(page):
    """Return the path that a page names above its last block, the block, and the text before and behind it."""
    head, _, rest = page.rpartition("<!-- ")
    path, _, rest = rest.partition(" -->\n")
    fence, block, tail = rest.split("```", 2)
    language, _, text = block.partition("\n")
    return path, text, (f"{head}<!-- {path} -->\n{fence}```{language}\n", f"```{tail}")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_the_program_as_it_is_run(name):
    """The block under the comment that names the file is the file; REDEEMD_UPDATE_GOLDEN rewrites it."""
    page = _PAGES / f"{name}.md"
    path, text, (head, tail) = shown(page.read_text(encoding="utf-8"))
    source = (REPOSITORY / path).read_text(encoding="utf-8")
    if os.environ.get("REDEEMD_UPDATE_GOLDEN"):
        page.write_text(head + source + tail, encoding="utf-8")
    else:
        assert text == source
    assert (REPOSITORY / path).is_relative_to(CLIENTS / name)


def test_every_language_is_listed():
    """In docs/how-to/clients/README.md and generated/README.md."""
    for listing in (_PAGES / "README.md", REPOSITORY / "generated" / "README.md"):
        text = listing.read_text(encoding="utf-8")
        assert not [name for name in NAMES if f"`make generate-{language_of(name)}`" not in text]
