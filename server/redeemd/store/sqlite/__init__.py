"""The embedded store: SQLite, by aiosqlite."""
