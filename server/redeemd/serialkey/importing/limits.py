"""The limits of imports, for the server and the command line."""

CODES_MAX = 1_000_000
