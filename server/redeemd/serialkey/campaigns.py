"""Campaigns: their numbers, their validity and their status. Functions that run in a transaction and know no RPCs."""

from collections.abc import Mapping
from dataclasses import dataclass

from redeem.serialkey.v1.resources_pb2 import CampaignModel

from redeemd.serialkey import formats, ignoring_case
from redeemd.serialkey.codec.codes import CAMPAIGN_NUMBER_MAX
from redeemd.serialkey.errors import CampaignModelNotFound, NumbersExhausted
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import Availability, Validity
from redeemd.store import locks
from redeemd.store.base import Row, Tx


@dataclass(frozen=True, slots=True)
class Campaign:
    """The status of a campaign, as operators set it."""

    name: str
    number: int
    availability: Availability
    status_reason: str | None
    validity: Validity
    issued_count: int
    updated_at: int
    revision: int


async def follow_models(tx: Tx, namespace_id: int, models: Mapping[str, CampaignModel], *, now: int) -> None:
    """Assign numbers to campaigns that are new in the master data, and give each what its model says of its codes.

    Raises NumbersExhausted, or MasterDataInvalid because of a format.
    """
    await tx.run(QUERIES.campaign_number_missing, namespace_id=namespace_id, now=now)
    row = await tx.one(QUERIES.campaign_number_max, namespace_id=namespace_id)
    if row is not None and (row["number"] or 0) > CAMPAIGN_NUMBER_MAX:
        raise NumbersExhausted
    for row in await tx.all(QUERIES.campaign_models, namespace_id=namespace_id):
        model = models[row["name"]]
        wanted = Validity.of(model)
        if wanted != Validity(row["valid_from"], row["valid_until"]):
            await tx.run(
                QUERIES.campaign_set_validity,
                namespace_id=namespace_id,
                number=row["number"],
                valid_from=wanted.start,
                valid_until=wanted.end,
                now=now,
            )
    await formats.follow_models(tx, namespace_id, models)
    await ignoring_case.follow_models(tx, namespace_id, models)


async def number_of(tx: Tx, namespace_id: int, campaign_name: str) -> int:
    """Return the number of a campaign in the current master data. Raises CampaignModelNotFound."""
    number: int = (await in_force(tx, namespace_id, campaign_name))["number"]
    return number


async def in_force(tx: Tx, namespace_id: int, campaign_name: str) -> Row:
    """Return a campaign in the current master data: `number`, `code_format` and `format_used`.

    Raises CampaignModelNotFound.
    """
    row = await tx.one(QUERIES.campaign_in_force, namespace_id=namespace_id, name=campaign_name)
    if row is None:
        raise CampaignModelNotFound
    tx.pin(locks.namespace(namespace_id), row["version"])
    return row


def changed_at(row: Row) -> int:
    """Return when a campaign was last changed, in Unix ms. Its creation, revision 0, does not change its codes: 0."""
    at: int = row["campaign_updated_at"] if row["campaign_revision"] else 0
    return at


async def find(tx: Tx, namespace_id: int, name: str) -> Campaign:
    """Look up a campaign that is or was in the master data. Raises CampaignModelNotFound."""
    row = await tx.one(QUERIES.campaign_get, namespace_id=namespace_id, name=name)
    if row is None:
        raise CampaignModelNotFound
    return Campaign(
        name=name,
        number=row["number"],
        availability=Availability(row["status"]),
        status_reason=row["status_reason"],
        validity=Validity(row["valid_from"], row["valid_until"]),
        issued_count=row["next_sequence"],
        updated_at=row["updated_at"],
        revision=row["revision"] + 1,  # stored as the number of changes, which is added to its keys' revisions
    )


async def set_status(
    tx: Tx, namespace_id: int, name: str, availability: Availability, reason: str | None, *, now: int
) -> Campaign:
    """Switch a campaign off or on. Raises CampaignModelNotFound."""
    await tx.run(
        QUERIES.campaign_set_status,
        namespace_id=namespace_id,
        name=name,
        status=availability,
        reason=reason,
        now=now,
    )
    return await find(tx, namespace_id, name)
