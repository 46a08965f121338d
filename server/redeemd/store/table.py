"""Generated statements for tables that hold a key, a body and its bookkeeping, and nothing else."""

from dataclasses import dataclass, field

from redeemd.store.sql import Query, query


@dataclass(frozen=True, slots=True)
class Table:
    """A table with key columns, the last of them a name, and the columns body, created_at, updated_at, revision.

    insert   adds a row with revision 1; answers its key, or no row when there was one
    get      answers one row
    page     answers rows after a name, with a prefix, by name
    update   replaces the body of the given revision; answers the new revision, or no row
    delete   removes a row and answers it
    """

    name: str
    key: tuple[str, ...]
    extra: tuple[str, ...] = ()  # columns that are set when the row is made and never change
    insert: Query = field(init=False)
    get: Query = field(init=False)
    page: Query = field(init=False)
    update: Query = field(init=False)
    delete: Query = field(init=False)

    def __post_init__(self) -> None:
        columns = ", ".join((*self.key, *self.extra, "body", "created_at", "updated_at", "revision"))
        values = ", ".join(f":{column}" for column in (*self.key, *self.extra, "body"))
        where = " AND ".join(f"{column} = :{column}" for column in self.key)
        scope = " AND ".join([f"{column} = :{column}" for column in self.key[:-1]] or ["1 = 1"])
        last = self.key[-1]
        texts = {
            "insert": f"INSERT INTO {self.name} ({columns}) VALUES ({values}, :now, :now, 1) "
            f"ON CONFLICT ({', '.join(self.key)}) DO NOTHING RETURNING {last}",
            "get": f"SELECT {columns} FROM {self.name} WHERE {where}",
            # '~' sorts after every character a name may have, so the range is exactly the names with the prefix.
            "page": f"SELECT {columns} FROM {self.name} WHERE {scope} AND {last} > :after "
            f"AND {last} >= :prefix AND {last} < :prefix || '~' ORDER BY {last} LIMIT :limit",
            "update": f"UPDATE {self.name} SET body = :body, updated_at = :now, revision = revision + 1 "
            f"WHERE {where} AND revision = :revision RETURNING revision",
            "delete": f"DELETE FROM {self.name} WHERE {where} RETURNING {columns}",
        }
        for action, text in texts.items():
            object.__setattr__(self, action, query(f"{self.name}_{action}", text))

    def all(self) -> list[Query]:
        """Answer every query, for tests that prepare them all."""
        return [self.insert, self.get, self.page, self.update, self.delete]
