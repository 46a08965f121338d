"""Markdown: tables, and headings with the anchors that GitHub makes of them."""

import re
from collections.abc import Sequence


def anchor(heading: str) -> str:
    """Answer the anchor of a heading: lower case, without punctuation, with dashes for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Render a table without the columns that are empty throughout."""
    kept = [place for place in range(len(heading)) if any(row[place] for row in rows)]
    lines = [_row([heading[place] for place in kept]), "|" + "---|" * len(kept)]
    lines += [_row([row[place] for place in kept]) for row in rows]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def escape(text: str) -> str:
    """Escape what Markdown would take for its own, also in a cell of a table."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def escape_prose(text: str) -> str:
    """Escape a text but for what stands in backquotes, where Markdown escapes nothing itself."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else escape(part) for part in parts)


def first_sentence(text: str) -> str:
    """Answer the first sentence of a comment, on one line."""
    return " ".join(text.split()).split(". ")[0].removesuffix(".") + "."


def joined(parts: Sequence[str]) -> str:
    """Answer sections as one page."""
    return "\n\n".join(part for part in parts if part) + "\n"
