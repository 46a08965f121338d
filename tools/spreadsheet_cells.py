"""Convert cells as exports write them with LibreOffice, and report those that it does not show as they are.

Usage: .venv/bin/python tools/spreadsheet_cells.py [COUNT [SEED]]; needs soffice, which CI lacks.
"""

import random
import subprocess
import sys
import tempfile
from pathlib import Path

import python_calamine
from redeemd.base.cells import csv_lines

# Separator, quotation mark, UTF-8, first line, columns, language, quoted cells as text, detect special numbers,
# four that do not matter, evaluate formulas.
_FILTER = "CSV:44,34,76,1,,{language},false,{special},true,false,false,-1,{formulas}"
_LANGUAGES = {"English": 1033, "German": 1031, "Japanese": 1041}
_CHARACTERS = "0123456789" * 4 + "=+-@#%$().,:/' EeATPMZXK" + "\uff1d\uff10\u5e74\u6708\u65e5"
_WORDS = ["JAN", "May", "SEPT", "M\u00e4rz", "TRUE", "WAHR", "AM", "PM", "1E5", "00", "2024", "-", "/", ":", " ", "R8."]


def main(count: int = 5000, seed: int = 1) -> int:
    """Try cells with every setting; return how many were changed."""
    texts = _texts(count, random.Random(seed))  # noqa: S311 -- samples
    changed = 0
    for language, number in _LANGUAGES.items():
        for special in ("true", "false"):
            for formulas in ("true", "false"):
                shown = _shown(texts, _FILTER.format(language=number, special=special, formulas=formulas))
                for text, cell in zip(texts, shown, strict=True):
                    if not isinstance(cell, str) or cell.strip() != text:
                        changed += 1
                        print(f"{language}, special numbers {special}, formulas {formulas}: {text!r} became {cell!r}")
    print(f"{changed} of {len(texts)} cells were changed")
    return changed


def _texts(count: int, draw: random.Random) -> list[str]:
    parts = [*_CHARACTERS, *_WORDS]
    texts = {"".join(draw.choices(parts, k=draw.randint(1, 8))).strip() for _ in range(count)}
    return sorted(texts - {""})


def _shown(texts: list[str], csv_filter: str) -> list[object]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "cells.csv")
        source.write_text(csv_lines(texts), encoding="utf-8", newline="")
        command = ["soffice", "--headless", f"--infilter={csv_filter}", "--convert-to", "xlsx", "--outdir", folder]
        subprocess.run([*command, str(source)], check=True, capture_output=True)  # noqa: S603 -- our own command
        sheet = python_calamine.load_workbook(str(source.with_suffix(".xlsx"))).get_sheet_by_index(0)
        return [row[0] for row in sheet.to_python(skip_empty_area=False)]


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:]))))
