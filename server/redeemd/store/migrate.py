"""Numbered SQL files that bring a database to the schema this version needs.

`migrations/NNNN_name.sql`, each applied once, in one transaction, and recorded with its checksum. A file that was
released never changes; a new one follows it.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources

from redeemd.store.base import Store, Tx
from redeemd.store.sql import query

_FILE = re.compile(r"^(?P<version>\d{4})_(?P<name>[a-z0-9_]+)\.sql$")
_COMMENT = re.compile(r"--[^\n]*")

_CREATE = query(
    "migration_create",
    "CREATE TABLE IF NOT EXISTS schema_migration "
    "(version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL)",
)
_APPLIED = query("migration_applied", "SELECT version, name, sha256 FROM schema_migration ORDER BY version")
_RECORD = query(
    "migration_record",
    "INSERT INTO schema_migration (version, name, sha256, applied_at) VALUES (:version, :name, :sha256, :now)",
)


class SchemaError(Exception):
    """The database does not fit this version of redeemd; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    version: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The checksum that is recorded when the file is applied."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self) -> list[str]:
        """Split into statements; the files hold no semicolon but those that end one."""
        return [statement for part in _COMMENT.sub("", self.text).split(";") if (statement := part.strip())]


def load() -> list[Migration]:
    """Answer the files in order."""
    folder = resources.files("redeemd.store").joinpath("migrations")
    found = sorted((match, file) for file in folder.iterdir() if (match := file.name) and _FILE.match(match))
    return [
        Migration(int(name[:4]), name[5:].removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for name, file in found
    ]


async def pending(store: Store, known: list[Migration] | None = None) -> list[Migration]:
    """Answer what is still to be applied. Raises SchemaError when the database is not one of ours or newer than we."""
    return missing(await store.run(_read_applied, write=True), known)


def missing(applied: list[tuple[int, str, str]], known: list[Migration] | None = None) -> list[Migration]:
    """Answer what does not stand among the migrations of a database (version, name, sha256). Raises SchemaError."""
    known = load() if known is None else known
    for (version, name, sha256), file in zip(applied, known, strict=False):
        if (version, sha256) != (file.version, file.sha256):
            raise SchemaError(f"migration {version} ({name}) of the database is not the one of this version of redeemd")
    if len(applied) > len(known):
        version, name, _ = applied[-1]
        raise SchemaError(f"the database has migration {version} ({name}), which this version of redeemd does not know")
    return known[len(applied) :]


async def apply(store: Store, *, now: int, known: list[Migration] | None = None) -> list[Migration]:
    """Apply what is pending, each file in one transaction; answer what was applied."""
    todo = await pending(store, known)
    for migration in todo:

        async def body(tx: Tx, migration: Migration = migration) -> None:
            for statement in migration.statements():
                await tx.run(query(f"migration_{migration.version}", statement))
            await tx.run(_RECORD, version=migration.version, name=migration.name, sha256=migration.sha256, now=now)

        await store.run(body, write=True)
    return todo


async def check(store: Store) -> None:
    """Raise SchemaError unless nothing is pending."""
    if todo := await pending(store):
        names = ", ".join(f"{migration.version} ({migration.name})" for migration in todo)
        raise SchemaError(f"the database lacks migrations: {names}; run `redeemd migrate`")


async def _read_applied(tx: Tx) -> list[tuple[int, str, str]]:
    await tx.run(_CREATE)
    return [(row["version"], row["name"], row["sha256"]) for row in await tx.all(_APPLIED)]
