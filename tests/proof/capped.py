"""Campaigns with limits: their master data, their codes, and the objects of the histories that tell of them."""

import json
from dataclasses import dataclass

from proof.plan import CAPPED, generations
from proof.services import PAGE, Services


@dataclass(frozen=True, slots=True)
class Cap:
    """The limits of a campaign, which every generation has; 0 is none. Its name is a code, next to `keys` serial keys.

    Campaigns that share a history are a group: a player redeems codes of one of them.
    """

    kind: str
    history: str
    keys: int
    per_user: int
    total: int
    per_key: int = 0

    @property
    def limits(self):
        """Return the limits as an operation has them."""
        return {"per_user": self.per_user, "total": self.total, "per_key": self.per_key}

    def campaign(self, generation):
        """Return the name of the campaign of a generation."""
        return f"{self.kind}-{generation}"

    def object(self, generation):
        """Return the object whose history has the operations on the campaign."""
        return f"capped/{self.history}-{generation}"

    def model(self, generation):
        """Return the campaign of a generation in the master data."""
        limits = {"usesPerUser": self.per_user, "usesTotal": self.total, "usesPerKey": self.per_key}
        model = {"name": self.campaign(generation), "enableCampaignCode": True}
        if sum(cap.history == self.history for cap in CAPS) > 1:
            model["group"] = f"{self.history}-{generation}"
        return model | {name: limit for name, limit in limits.items() if limit}


CAPS = (
    Cap("solo", "solo", keys=3, per_user=2, total=4),
    Cap("red", "pair", keys=1, per_user=3, total=4, per_key=2),
    Cap("blue", "pair", keys=0, per_user=2, total=3),
)


async def set_up(services: Services, operations):
    """Put the campaigns in force and issue their keys; return the codes of each campaign, its campaign code first."""
    await services.call("serialkey", "CreateNamespace", name=CAPPED, guess_limit={"enabled": False})
    made = [(cap, generation) for cap in CAPS for generation in range(generations(operations))]
    document = {"version": "2022-09-13", "campaignModels": [cap.model(generation) for cap, generation in made]}
    settings = {"namespace_name": CAPPED, "settings": json.dumps(document)}
    await services.call("serialkey", "UpdateCurrentCampaignMaster", **settings)
    return {cap.campaign(number): await _codes(services, cap, number) for cap, number in made}


async def _codes(services, cap, generation):
    name = cap.campaign(generation)
    if not cap.keys:
        return [name]
    names = {"namespace_name": CAPPED, "campaign_model_name": name}
    issued = await services.call("serialkey", "Issue", **names, issue_request_count=cap.keys)
    page = await services.call("serialkey", "DescribeSerialKeys", **names, issue_job_name=issued.item.name, limit=PAGE)
    return [name, *(key.code for key in page.items)]
