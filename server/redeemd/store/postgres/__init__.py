"""The store for any number of replicas: PostgreSQL, by asyncpg."""
