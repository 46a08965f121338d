"""The queries of this package."""

from redeemd.store import sql

QUERIES = sql.load(__package__)
