"""Markdown: tables, escaping, and the anchors that GitHub derives from headings."""

import re
from collections.abc import Sequence


def anchor(heading: str) -> str:
    """Return the anchor of a heading: lower case, without punctuation, with dashes for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Render a table, omitting columns without content."""
    kept = [place for place in range(len(heading)) if any(row[place] for row in rows)]
    lines = [_row([heading[place] for place in kept]), "|" + "---|" * len(kept)]
    lines += [_row([row[place] for place in kept]) for row in rows]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def escape(text: str) -> str:
    """Escape characters that have a meaning in Markdown, including in table cells."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def escape_prose(text: str) -> str:
    """Escape a text except text in backquotes, where Markdown escapes nothing itself."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else escape(part) for part in parts)


def first_sentence(text: str) -> str:
    """Return the first sentence of a comment, on one line."""
    return " ".join(text.split()).split(". ")[0].removesuffix(".") + "."


def joined(parts: Sequence[str]) -> str:
    """Join sections into one page, skipping empty ones."""
    return "\n\n".join(part for part in parts if part) + "\n"
