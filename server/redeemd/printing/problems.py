"""The reason for which something is not printed."""


class NotPrintable(Exception):
    """Something cannot be printed. The message says why, and what to do."""
