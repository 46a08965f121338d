"""The campaigns that are known to have limits: a use of their codes need not try the statement without limits first."""

KNOWN_MAX = 10_000


class KnownLimits:
    """Campaigns by namespace id and number. It may be out of date, which costs statements but no correctness."""

    def __init__(self) -> None:
        self._known: set[tuple[int, int]] = set()

    def __contains__(self, campaign: tuple[int, int]) -> bool:
        """Return whether a campaign was seen with limits."""
        return campaign in self._known

    def add(self, campaign: tuple[int, int]) -> None:
        """Remember a campaign."""
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known.add(campaign)

    def discard(self, campaign: tuple[int, int]) -> None:
        """Forget a campaign."""
        self._known.discard(campaign)
