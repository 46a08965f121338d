"""Sets up what the clients fight for: namespaces, master data, codes of two master keys, forged codes."""

import json
import time

from redeemd.crypto import keyring
from redeemd.serialkey.codec.codes import Codec

from proof import capped
from proof.plan import (
    CODES,
    COUNTERS,
    DAY_MS,
    GUESS_BURST,
    GUESSES_PER_MINUTE,
    HOT,
    HOT_CODES,
    RATES,
    SOLD,
    SOLD_CODES,
    TICKS,
    WELCOME,
    Options,
    Plan,
    generations,
)
from proof.services import PAGE, Services

REDEEM_MAX = 15  # of a player in a generation
TICK_MS_MIN = 1500
_CALLS_PER_SECOND, _SECONDS_PER_FAULT = 300, 2.0  # a guess, to spread resets over the run


async def set_up(cluster, addresses, options: Options):
    """Make the world through one server, with a change of the master key in its middle; return the plan."""
    started_ms = time.time_ns() // 1_000_000 + 3000
    seconds = options.operations / _CALLS_PER_SECOND + options.faults * _SECONDS_PER_FAULT
    tick_ms = max(TICK_MS_MIN, int(seconds * 1000 / TICKS))
    ticks = {"ticks_from_ms": started_ms, "tick_ms": tick_ms}
    services = Services(cluster.replicas[0].address, cluster.admin_key)
    await _put_in_force(services, **ticks)
    jobs = {HOT: [], SOLD: []}
    for _ in range(2):
        for campaign, size in ((HOT, HOT_CODES), (SOLD, SOLD_CODES)):
            count = (generations(options.operations) * size + 1) // 2
            issued = await services.call("serialkey", "Issue", **_batch(campaign), issue_request_count=count)
            jobs[campaign].append(issued.item.name)
        await services.close()
        if len(cluster.keys) == 1:
            await cluster.rotate_key()
        services = Services(cluster.replicas[0].address, cluster.admin_key)
    codes = await capped.set_up(services, options.operations)
    hot, sold = [await keys(services, campaign, jobs[campaign]) for campaign in (HOT, SOLD)]
    await services.close()
    (revision,) = {key.revision for key in hot + sold}
    return Plan(
        addresses=addresses,
        key=cluster.admin_key,
        operations=options.operations,
        seed=options.seed,
        code_revision=revision,
        jobs=jobs,
        hot=_mixed([key.code for key in hot]),
        sold=_mixed([key.code for key in sold]),
        forged=forge(cluster, [key.code for key in hot]),
        capped=codes,
        wall_minus_monotonic_ns=time.time_ns() - time.monotonic_ns(),
        **ticks,
    )


def _batch(campaign):
    return {"namespace_name": CODES, "campaign_model_name": campaign}


def _mixed(codes):
    """Put codes of the two keys in turn."""
    half = len(codes) // 2
    return [code for pair in zip(codes[:half], codes[half:], strict=True) for code in pair]


async def keys(services, campaign, jobs):
    """Return the codes of batches and their states, in the order of issuing."""
    found = []
    for job in jobs:
        token = None
        while token != "":
            names = _batch(campaign) | {"issue_job_name": job}
            page = await services.call("serialkey", "DescribeSerialKeys", **names, limit=PAGE, page_token=token)
            found += page.items
            token = page.next_page_token
    return found


def forge(cluster, codes):
    """Make codes with the older key, as one who stole it could, for what was issued under the newer one."""
    ring = keyring.parse(",".join(cluster.keys))
    codec = Codec(ring.children("code/v1", cluster.namespace_salt(CODES)))
    opened = [codec.decode(code) for code in codes]
    return [
        codec.encode(ring.oldest, code.campaign_number, code.sequence) for code in opened if code.key_id == ring.current
    ]


async def _put_in_force(services, *, ticks_from_ms, tick_ms):
    guesses = {"burst": GUESS_BURST, "per_minute": GUESSES_PER_MINUTE}
    await services.call("serialkey", "CreateNamespace", name=CODES, guess_limit=guesses)
    await services.call("limit", "CreateNamespace", name=COUNTERS)
    await services.call("exchange", "CreateNamespace", name=RATES, enable_await_exchange=True)
    models = [{"name": HOT}, {"name": SOLD}, {"name": WELCOME, "enableCampaignCode": True}]
    campaigns = {"version": "2022-09-13", "campaignModels": models}
    await services.call(
        "serialkey", "UpdateCurrentCampaignMaster", namespace_name=CODES, settings=json.dumps(campaigns)
    )
    limits = [{"name": "ever", "resetType": "notReset"}]
    for tick in range(TICKS):
        reset = ticks_from_ms + tick * tick_ms + tick_ms // 2
        limits.append({"name": f"tick-{tick}", "resetType": "days", "days": 1, "anchorTimestamp": reset - 7 * DAY_MS})
    document = {"version": "2019-04-05", "limitModels": limits}
    await services.call("limit", "UpdateCurrentLimitMaster", namespace_name=COUNTERS, settings=json.dumps(document))
    document = {"version": "2019-08-19", "rateModels": _rates()}
    await services.call("exchange", "UpdateCurrentRateMaster", namespace_name=RATES, settings=json.dumps(document))


def _rates():
    """Return the rates. `#{g}` is the generation."""
    limited = {"verifyType": "less", "count": REDEEM_MAX}
    return [
        {"name": "give", "consumeActions": [_up("given-#{g}")]},
        {"name": "hand-out", "consumeActions": [_up("received-#{g}")]},
        {
            "name": "redeem",
            "verifyActions": [_on_counter("VerifyCounterByUserId", "redeemed-#{g}", **limited)],
            "consumeActions": [_up("redeemed-#{g}"), _on_code("UseByUserId")],
            "acquireActions": [_exchange("give")],
        },
        {
            "name": "refund",
            "consumeActions": [_up("returned-#{g}")],
            "acquireActions": [_on_code("RevertUseByUserId")],
        },
        {
            "name": "wait",
            "timingType": "await",
            "lockTime": 0,
            "consumeActions": [_up("paid-#{g}")],
            "acquireActions": [_exchange("hand-out")],
        },
    ]


def _on_counter(rpc, counter, **fields):
    names = {"namespaceName": COUNTERS, "limitName": "ever", "counterName": counter, "userId": "#{userId}"}
    return {"action": f"Gs2Limit:{rpc}", "request": json.dumps(names | fields)}


def _up(counter):
    return _on_counter("CountUpByUserId", counter)


def _on_code(rpc):
    request = {"namespaceName": CODES, "userId": "#{userId}", "code": "#{code}"}
    return {"action": f"Gs2SerialKey:{rpc}", "request": json.dumps(request)}


def _exchange(rate):
    config = [{"key": "g", "value": "#{g}"}]
    request = {"namespaceName": RATES, "rateName": rate, "userId": "#{userId}", "count": 1, "config": config}
    return {"action": "Gs2Exchange:ExchangeByUserId", "request": json.dumps(request)}
