"""Renders templates, in small steps, so that a long page does not keep the event loop from other calls."""

import asyncio
import functools
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from jinja2.ext import i18n
from markupsafe import Markup

from redeemd.console import forms, languages

_TEMPLATES = Path(__file__).parent / "templates"
_STEP_SECONDS = 0.002


class _CompiledOnce(BytecodeCache):
    """Keeps the code of templates, which is the same in all languages: compiling all takes half a second."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


@functools.cache
def _codes() -> _CompiledOnce:
    return _CompiledOnce()


class Renderer:
    """The compiled templates, in each language."""

    def __init__(self, asset_url: Callable[[str], str]) -> None:
        """`asset_url` returns the URL of a script or a style by its name."""
        self._environments = {
            name: _environment(catalogue.gettext, catalogue.ngettext, asset_url)
            for name, catalogue in languages.catalogues().items()
        }
        for environment in self._environments.values():  # now: compiling one takes longer than a page may
            for name in environment.list_templates():
                environment.get_template(name)

    async def render(self, name: str, language: str, values: Mapping[str, object]) -> str:
        """Return the text of a template with some values."""
        pieces: list[str] = []
        began = time.perf_counter()
        for piece in self._environments[language].get_template(name).generate(values):
            pieces.append(piece)
            if time.perf_counter() - began > _STEP_SECONDS:
                await asyncio.sleep(0)
                began = time.perf_counter()
        return "".join(pieces)

    def text(self, message: str, language: str) -> str:
        """Return a text in a language."""
        translate: Callable[[str], str] = self._environments[language].globals["gettext_raw"]  # type: ignore[assignment]  # set below
        return translate(message)


def _environment(
    translate: Callable[[str], str], translate_plural: Callable[[str, str, int], str], asset_url: Callable[[str], str]
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[i18n],
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_codes(),
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(translate, translate_plural, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    environment.filters |= {"time": time_of, "number": number, "json": json_of, "time_text": forms.time_text}
    environment.globals |= {"asset": asset_url, "gettext_raw": translate, "languages": languages.NAMES}
    return environment


def time_of(milliseconds: int) -> Markup:
    """Return the element of a time: the page's script shows it in the zone of the viewer, with UTC beside it."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    machine = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}">{} UTC</time>').format(machine, moment.strftime("%Y-%m-%d %H:%M:%S"))


def number(value: float) -> str:
    """Return a number with its thousands separated."""
    return f"{value:,}"


def json_of(value: object) -> str:
    """Return a value as JSON, for an attribute that a script reads."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
