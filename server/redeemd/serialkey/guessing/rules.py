"""The rules for guesses in a namespace, from its settings."""

from typing import NamedTuple

from redeem.serialkey.v1.resources_pb2 import GuessLimit

from redeemd.serialkey.guessing.buckets import RateLimit

BURST = 20
PER_MINUTE = 6
_MINUTE_MS = 60_000


class Rules(NamedTuple):
    """The rules for guesses in a namespace.

    `limit` is None if players may guess without limit. `findable`: the namespace has codes that a guess could match.
    `alarm`: how many wrong and refused guesses in a minute are an attack.
    """

    limit: RateLimit | None
    findable: bool
    alarm: int


def limit_of(setting: GuessLimit) -> RateLimit | None:
    """Return the limit of a setting, with defaults for absent fields; None if guesses are not limited.

    The interval is rounded up, so no refill comes early.
    """
    if setting.HasField("enabled") and not setting.enabled:
        return None
    burst = setting.burst if setting.HasField("burst") else BURST
    per_minute = setting.per_minute if setting.HasField("per_minute") else PER_MINUTE
    return _limit(burst, per_minute)


def _limit(burst: int, per_minute: int) -> RateLimit:
    return RateLimit(burst, -(-_MINUTE_MS // per_minute))


# Also for keys that see codes masked, if the setting does not limit guesses: the setting is only about players.
DEFAULT_LIMIT = _limit(BURST, PER_MINUTE)
