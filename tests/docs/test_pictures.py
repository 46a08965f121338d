"""The pictures of the docs: drawn from docs/pictures/*.d2, and shown somewhere."""

import hashlib
import re

import pytest
from docs.conftest import DOCS, ROOT
from docs.test_links import PAGES
from test_architecture import LAYERS

PICTURES = DOCS / "pictures"
STYLE = PICTURES / "style.d2"
SOURCES = sorted(set(PICTURES.glob("*.d2")) - {STYLE})


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_picture_is_drawn_from_its_source(source):
    """The SVG ends with the hash of what it was drawn from; otherwise `make pictures` draws it again."""
    drawn_from = hashlib.sha256(STYLE.read_bytes() + source.read_bytes()).hexdigest()
    assert source.with_suffix(".svg").read_text("utf-8").endswith(f"<!-- sources: {drawn_from} -->\n")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_picture_has_both_colour_schemes(source):
    """One file is light or dark, as the reader's system is."""
    text = source.with_suffix(".svg").read_text("utf-8")
    assert "prefers-color-scheme:dark" in text


def test_every_picture_is_shown():
    """A page of the repository includes each picture."""
    pages = [page.read_text("utf-8") for page in PAGES]
    shown = {name.stem for name in SOURCES if any(f"pictures/{name.stem}.svg)" in text for text in pages)}
    assert shown == {source.stem for source in SOURCES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_an_image_has_an_alternative_text(page):
    """For readers who do not see it."""
    assert "![](" not in page.read_text("utf-8")


def test_the_picture_of_the_layers_shows_each():
    """From top to bottom."""
    boxes = re.findall(r'class="name".* y="(\d+)">(.*)</text>', (DOCS / "layers.svg").read_text("utf-8"))
    depth = {name: number for number, names in enumerate(LAYERS) for name in names if name != "__main__"}
    shown = sorted((int(height), depth[name], name) for height, names in boxes for name in names.split(", "))
    assert sorted(name for _, _, name in shown) == sorted(depth)
    assert [number for _, number, _ in shown] == sorted(depth.values())
