"""The languages of the console. Texts are written in English; catalogues of gettext translate them."""

import gettext
import re
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

NAMES: Mapping[str, str] = {"en": "English", "ja": "日本語"}
DEFAULT = "en"
COOKIE = "console_language"
_FOLDER = Path(__file__).parent / "languages"
_RANGE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([0-9.]{1,5}))?\s*")


def label(text: str) -> str:
    """Return a text, which is marked to be translated where a template shows it."""
    return text


def catalogues() -> dict[str, gettext.NullTranslations]:
    """Return the catalogue of each language."""
    found: dict[str, gettext.NullTranslations] = {DEFAULT: gettext.NullTranslations()}
    for name in NAMES.keys() - {DEFAULT}:
        with (_FOLDER / f"{name}.mo").open("rb") as file:
            found[name] = gettext.GNUTranslations(file)
    return found


def choose(request: web.Request) -> str:
    """Return the language of a response: that which was chosen, else the one that the browser prefers."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in NAMES else _preferred(request.headers.get("Accept-Language", ""))


def _preferred(header: str) -> str:
    best, name = 0.0, DEFAULT
    for part in header.split(",")[:20]:
        match = _RANGE.fullmatch(part)
        if match is None or match[1].lower() not in NAMES:
            continue
        quality = _quality(match[2])
        if quality > best:
            best, name = quality, match[1].lower()
    return name


def _quality(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0
