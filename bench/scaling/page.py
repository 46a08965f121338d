"""docs/explanation/scaling.md, whose tables are those of the model."""

import re

from bench import machine
from bench.scaling import model

PATH = machine.ROOT / "docs" / "explanation" / "scaling.md"

_TABLES = {"fit": model.fit_table, "sets": model.sets_table, "needs": model.needs_table}
_TABLE = re.compile(r"(?<=<!-- bench\.scaling: )(\w+) -->\n(?:\|.*\n)*")


def filled(text: str) -> str:
    """Return the page with each table replaced that a comment `<!-- bench.scaling: NAME -->` precedes."""
    return _TABLE.sub(lambda found: f"{found[1]} -->\n{_TABLES[found[1]]()}\n", text)
