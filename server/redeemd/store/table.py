"""Generates the statements of tables that hold only a key, a body and its bookkeeping."""

from dataclasses import dataclass, field

from redeemd.store.sql import Query, query


@dataclass(frozen=True, slots=True)
class Table:
    """A table with key columns, the last of them a name, and the columns body, created_at, updated_at, revision.

    insert   adds a row with revision 1 and returns its name, or no row if the key exists
    get      returns one row
    page     returns the rows after a name that have a prefix, ordered by name
    update   replaces the body if the revision matches, and returns the new revision, or no row
    delete   deletes a row and returns it
    """

    name: str
    key: tuple[str, ...]
    extra: tuple[str, ...] = ()  # columns that are set when the row is created and never change
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
            # '~' sorts after every character allowed in a name, so the range holds exactly the names with the prefix.
            "page": f"SELECT {columns} FROM {self.name} WHERE {scope} AND {last} > :after "
            f"AND {last} >= :prefix AND {last} < :prefix || '~' ORDER BY {last} LIMIT :limit",
            "update": f"UPDATE {self.name} SET body = :body, updated_at = :now, revision = revision + 1 "
            f"WHERE {where} AND revision = :revision RETURNING revision",
            "delete": f"DELETE FROM {self.name} WHERE {where} RETURNING {columns}",
        }
        for action, text in texts.items():
            object.__setattr__(self, action, query(f"{self.name}_{action}", text))

    def all(self) -> list[Query]:
        """Return every query, for tests that prepare all of them."""
        return [self.insert, self.get, self.page, self.update, self.delete]
