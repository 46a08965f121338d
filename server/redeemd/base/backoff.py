"""How long to wait before something that failed is attempted again."""


def backoff_ms(attempts: int, *, seconds: float, seconds_max: float, jitter: float) -> int:
    """Return the milliseconds to wait after this many failed attempts. `jitter` from 0 to 1 removes up to half."""
    longest = min(seconds_max, seconds * 2.0 ** min(attempts - 1, 60))
    return int(longest * (1 - jitter / 2) * 1000)
