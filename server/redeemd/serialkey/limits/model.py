"""The limits of a campaign as values, and what they say about a use. Arithmetic on values."""

from collections.abc import Sequence
from typing import NamedTuple

from redeem.serialkey.v1.resources_pb2 import CampaignModel

from redeemd.errors import ServiceError
from redeemd.serialkey.errors import AlreadyRedeemed, CampaignSoldOut, KeyUsedUp, RedeemedInGroup
from redeemd.store.base import Row

# Calls that redeem codes of one campaign at the same time take from different slices of its total.
SLICES = 16


class Limits(NamedTuple):
    """The limits of a campaign; None: unlimited, or no group. uses_per_key is None for a key that is good once."""

    uses_per_user: int | None = None
    uses_total: int | None = None
    uses_per_key: int | None = None
    group_name: str | None = None

    @classmethod
    def of(cls, model: CampaignModel) -> "Limits":
        """Return the limits of a model."""
        return cls(
            uses_per_user=model.uses_per_user or None,
            uses_total=model.uses_total or None,
            uses_per_key=model.uses_per_key if model.uses_per_key > 1 else None,
            group_name=model.group or None,
        )

    @classmethod
    def of_row(cls, row: Row) -> "Limits":
        """Return the limits in the columns of a campaign."""
        return cls(*(row[name] for name in cls._fields))


NO_LIMITS = Limits()


def split(total: int, taken: Sequence[int]) -> list[int]:
    """Return the allowance of each slice, which add up to `total`; `taken` is what was taken from each of them.

    What remains is divided evenly. If more was taken than the total, the first slice owes the difference.
    """
    remaining = total - sum(taken)
    if remaining < 0:
        return [taken[0] + remaining, *taken[1:]]
    share, more = divmod(remaining, len(taken))
    return [each + share + (number < more) for number, each in enumerate(taken)]


def refusal(state: Row) -> ServiceError | None:
    """Return the refusal of the next use, by the row of `limit_state`; None if no limit is reached.

    What concerns the player is named first, because it stays so when others revert their uses.
    """
    if state["redeemed_in"] is not None:
        return RedeemedInGroup(campaign_model_name=state["redeemed_in"])
    per_key, per_user = state["uses_per_key"], state["uses_per_user"]
    if per_user is not None and state["uses_of_user"] >= per_user:
        return AlreadyRedeemed()
    if per_key is not None and state["uses_of_key_by_user"]:
        return AlreadyRedeemed()
    if per_key is not None and state["uses_of_key"] >= per_key:
        return KeyUsedUp()
    if state["uses_total"] is not None and (state["room"] or 0) <= 0:
        return CampaignSoldOut()
    return None
