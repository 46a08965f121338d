"""Campaign codes that players can type in any case.

The folded names of these campaigns are stored in a table of their own, in which a typed text is looked up.
"""

from collections.abc import Iterator, Mapping, Sequence

from redeem.serialkey.v1.resources_pb2 import CampaignModel

from redeemd.errors import Violation
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Tx


def fold(text: str) -> str:
    """Return a text without its case."""
    return text.casefold()


def conflicts(models: Sequence[CampaignModel]) -> Iterator[tuple[int, Violation]]:
    """Yield a violation for each campaign code that differs from an earlier one only by case, if one ignores case."""
    earlier: dict[str, CampaignModel] = {}
    for index, model in enumerate(models):
        if not model.enable_campaign_code:
            continue
        other = earlier.setdefault(fold(model.name), model)
        if other is not model and (other.ignore_case or model.ignore_case):
            yield index, Violation("name", f"differs only by case from {other.name}, and case is ignored", "duplicate")


async def follow_models(tx: Tx, namespace_id: int, models: Mapping[str, CampaignModel]) -> None:
    """Store the folded names of the campaign codes in the master data that ignore case, and no others."""
    rows = await tx.all(QUERIES.folded_campaigns, namespace_id=namespace_id)
    before = {row["folded_name"]: row["name"] for row in rows}
    codes = [model for model in models.values() if model.enable_campaign_code and model.ignore_case]
    after = {fold(model.name): model.name for model in codes}
    for folded_name in before.keys() - after.keys():
        await tx.run(QUERIES.folded_campaign_remove, namespace_id=namespace_id, folded_name=folded_name)
    for folded_name, name in after.items():
        if before.get(folded_name) != name:
            await tx.run(QUERIES.folded_campaign_put, namespace_id=namespace_id, folded_name=folded_name, name=name)
