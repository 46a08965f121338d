"""Links in the pages: to each other, to files of the repository, and to headings."""

import re
from pathlib import Path

import pytest
from docs.conftest import DOCS, ROOT

_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
FOLDERS = (DOCS, ROOT / "bench", ROOT / "deploy", ROOT / "findings", ROOT / "generated", ROOT / "protos")
PAGES = sorted({*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in folder.rglob("*.md"))})


def anchors(page):
    """Return the anchors that GitHub gives the headings of a page; one that comes again has a number."""
    found = {}
    for heading in _HEADING.findall(_BLOCK.sub("", page.read_text("utf-8"))):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
        if found[slug]:
            found[f"{slug}-{found[slug]}"] = 0
    return found


def broken(page):
    """Return the links of a page that lead nowhere; what is elsewhere is not looked at."""
    for link in _LINK.findall(_CODE.sub("`", _BLOCK.sub("", page.read_text("utf-8")))):
        path, _, anchor = link.partition("#")
        target = Path(page.parent, path).resolve() if path else page
        if link.startswith(("https://", "http://")):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    """To a file that is there, and to a heading that it has."""
    assert list(broken(page)) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    """Of a page, a heading, and a heading of another page."""
    other, page = tmp_path / "other.md", tmp_path / "page.md"
    other.write_text("# A `word` and more\n\n# Twice\n\n# Twice\n")
    page.write_text("[a](other.md#a-word-and-more) [b](other.md#twice-1) [c](#nowhere) [d](gone.md) [e](other.md#no)")
    assert list(broken(page)) == ["#nowhere", "gone.md", "other.md#no"]
