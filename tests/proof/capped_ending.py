"""The end of a run for campaigns with limits: what is recorded, counted and left of each."""

from collections import Counter

import grpc
from google.protobuf.json_format import MessageToDict
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb

from proof import observed
from proof.calls import Part
from proof.capped import CAPS
from proof.history import History, now_ns
from proof.plan import CAPPED, PLAYERS, Plan, generations
from proof.services import PAGE, Services, error_info

_CLIENT = 0
SOLD_OUT = "CAMPAIGN_SOLD_OUT"


async def end(plan: Plan, services: Services, history: History):
    """Read what is recorded of each campaign into the history, then redeem what is left of its total.

    Return a line for each campaign whose uses and what was left do not make up its total, and the number of uses.
    """
    wrong, uses = [], 0
    for generation in range(generations(plan.operations)):
        for cap in CAPS:
            recorded = await _read(plan, services, history, cap, generation)
            campaign = cap.campaign(generation)
            more, reason = await _redeem_rest(services, campaign, cap.total)
            counted = await _counted(services, campaign)
            uses += recorded
            if not recorded + more == counted == cap.total or reason != SOLD_OUT:
                wrong.append(
                    f"{campaign} has a total of {cap.total}: it recorded {recorded} uses, allowed {more} more, "
                    f"refused the next with {reason} and counts {counted}"
                )
    return wrong, uses


async def _read(plan, services, history, cap, generation):
    """Read the uses of a campaign and the states of its keys; return how many uses there are."""
    campaign, begin = cap.campaign(generation), now_ns()
    codes = plan.capped[campaign]
    names = {"namespace_name": CAPPED, "campaign_model_name": campaign}
    items = (await services.call("serialkey", "DescribeRedemptions", **names, limit=PAGE)).items
    uses = Counter((item.code, item.used_user_id) for item in items)

    def write(kind, place, said, user=""):
        op = {"kind": kind, "user": user, "campaign": campaign, "key": place} | cap.limits
        history.write(_CLIENT, Part(cap.object(generation), op), begin, now_ns(), {"outcome": "ok"} | said)

    for place, code in enumerate(codes):
        for user in PLAYERS:
            write("count", place, {"count": uses[code, user]}, user)
    for place, code in list(enumerate(codes))[1:]:
        key = (await services.call("serialkey", "GetSerialKey", namespace_name=CAPPED, code=code)).item
        write("get", place, observed.said_of_code(plan, MessageToDict(key)))
    return len(items)


async def _redeem_rest(services, campaign, total):
    """Redeem the campaign code by one new player after the other; return how often that succeeds, and what ends it."""
    for number in range(total + 1):
        user = f"late-{campaign}-{number}"
        try:
            await services.call("serialkey", "UseByUserId", namespace_name=CAPPED, user_id=user, code=campaign)
        except grpc.aio.AioRpcError as error:
            reason, _ = error_info(error)
            return number, reason
    return total + 1, "nothing"


async def _counted(services, campaign):
    """Return how many uses the curve of a campaign counts."""
    unit = serialkey_pb.REDEMPTION_COUNT_UNIT_DAY
    names = {"namespace_name": CAPPED, "campaign_model_name": campaign}
    items = (await services.call("serialkey", "GetRedemptionCounts", **names, unit=unit)).items
    return sum(item.counts.used for item in items)
