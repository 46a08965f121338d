"""English and Japanese."""

import importlib.util
import re

import pytest
from support import lacking
from support.contract import REPOSITORY


def _loaded():
    lacking.module("babel")
    spec = importlib.util.spec_from_file_location("catalogues", REPOSITORY / "tools" / "catalogues.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_BLANKS = re.compile(r"%\(\w+\)[sd]")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ja", "ja"),
        ("ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        ("en,ja;q=0.5", "en"),
        ("fr", "en"),
        ("", "en"),
        ("ja;q=,*;;", "en"),
    ],
)
async def test_the_language_is_that_of_the_browser(stranger, header, language):
    """The one that it prefers among those that there are."""
    shown = await stranger.get("/console/login", headers={"Accept-Language": header})
    assert f'<html lang="{language}">' in shown.html


async def test_a_chosen_language_stays(stranger):
    """It comes before that of the browser."""
    shown = await stranger.post("/console/language", {"language": "ja", "next": "/console/login"})
    assert (shown.path, '<html lang="ja">' in shown.html, "ログイン" in shown.text) == ("/console/login", True, True)


def test_catalogues_are_complete():
    """Each text has a translation with the same blanks, and no translation is left over: `make texts` updates them."""
    catalogues = _loaded()
    found = list(catalogues.catalogues())
    assert found
    for path, catalogue in found:
        before = (REPOSITORY / path).read_bytes()
        assert catalogues.updated(catalogue) == before, path
        for message in catalogue:
            if message.id:
                strings = [message.string] if isinstance(message.string, str) else list(message.string)
                ids = [message.id] if isinstance(message.id, str) else list(message.id)
                assert all(strings), message.id
                assert {blank for text in ids for blank in _BLANKS.findall(text)} == {
                    blank for text in strings for blank in _BLANKS.findall(text)
                }, message.id
