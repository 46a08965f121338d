"""`python tools/query_stubs.py OUT` writes a queries.pyi below OUT for each queries.sql, to the same path.

Type checkers read a stub instead of the module beside it, so they know the name of every query.
"""

import sys
from pathlib import Path

from redeemd.store import sql

_STUB = '''"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
{names}

QUERIES: _Queries
'''


def _stub(text: str) -> str:
    """Return the stub of a module that loads these queries."""
    return _STUB.format(names="\n".join(f"    {query.name}: Query" for query in sql.parse(text).all()))


def _write_all(out: Path) -> None:
    for source in sorted(Path("server").rglob("queries.sql")):
        stub = out / source.with_suffix(".pyi")
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text(_stub(source.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    _write_all(Path(sys.argv[1]))
