"""The catalogues of the console's texts.

`python tools/catalogues.py update` takes new texts of its templates and modules into languages/*.po, where they wait
for a translation, and removes what is unused. `python tools/catalogues.py compile [ROOT]` writes the .mo files.
"""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
_CONSOLE = Path("server/redeemd/console")
_METHODS = [("**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
_KEYWORDS = dict(DEFAULT_KEYWORDS) | {"say": None, "label": None}  # texts that modules leave to templates to translate

_NO_TIME = datetime(2026, 1, 1, tzinfo=UTC)  # so that the same texts make the same file


def catalogues() -> Iterator[tuple[Path, Catalog]]:
    """Yield the committed catalogue of each language, with its path below the root."""
    for path in sorted((ROOT / _CONSOLE / "languages").glob("*.po")):
        with path.open("rb") as file:
            yield path.relative_to(ROOT), read_po(file, locale=path.stem)


def texts() -> Catalog:
    """Return the texts of the templates and modules."""
    found = Catalog()
    for _name, _line, message, _comments, context in extract_from_dir(
        ROOT / _CONSOLE, _METHODS, _OPTIONS, keywords=_KEYWORDS
    ):
        found.add(message, context=context)
    return found


def updated(catalogue: Catalog) -> bytes:
    """Return the text of a catalogue with all texts of the console and no other."""
    catalogue.update(texts(), no_fuzzy_matching=True)
    written = io.BytesIO()
    write_po(written, catalogue, width=120, ignore_obsolete=True, omit_header=True, sort_output=True)
    header = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: {catalogue.locale}\\n"\n'
    plurals = f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    return (header + plurals).encode() + written.getvalue().strip() + b"\n"


def main(command: str, out: str = str(ROOT)) -> None:
    """Run a command."""
    for path, catalogue in catalogues():
        if command == "update":
            (ROOT / path).write_bytes(updated(catalogue))
        else:
            target = Path(out, path).with_suffix(".mo")
            target.parent.mkdir(parents=True, exist_ok=True)
            catalogue.creation_date = catalogue.revision_date = _NO_TIME
            with target.open("wb") as file:
                write_mo(file, catalogue)


if __name__ == "__main__":
    main(*sys.argv[1:])
