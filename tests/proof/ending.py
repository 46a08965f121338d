"""The end of a run: what is still waited for is acquired, everything is read once more, and the sums are compared."""

from collections import Counter

import grpc
from google.protobuf.json_format import MessageToDict

from proof import capped_ending, observed, world
from proof.calls import Part
from proof.history import History, now_ns
from proof.plan import COUNTERS, GUESSERS, HOT, PLAYERS, RATES, SOLD, Plan
from proof.services import PAGE, Services

_CLIENT = 0  # for the pages of what is found


def note_clocks(starts, history: History):
    """Write when the clock of the guess budgets was set, for each player who guesses."""
    for user in GUESSERS:
        for start in starts:
            part = Part(f"guesses/{user}", {"kind": "start", "clock_ms": start.clock_ms})
            history.write(_CLIENT, part, start.begin, start.end, {"outcome": "ok"})


async def end(plan: Plan, address: str, history: History):
    """Read the end of every object into the history; return what is not conserved, a line each, and the sums."""
    services = Services(address, plan.key)
    try:
        wrong = []
        pending = sum([await _acquire_all(services, user, wrong) for user in PLAYERS])
        used = await _read_codes(plan, services, history)
        not_kept, capped = await capped_ending.end(plan, services, history)
        sums = {user: await _read_counters(plan, services, history, user) for user in PLAYERS}
    finally:
        await services.close()
    found = Counter(acquired_at_the_end=pending, used_at_the_end=used.total(), used_within_limits_at_the_end=capped)
    return wrong + not_kept + _compare(sums, used), sum(sums.values(), found)


async def _acquire_all(services, user, wrong):
    """Acquire what calls of unknown outcome left behind; return how many those were. Nobody else acquires any more."""
    acquired = 0
    while True:
        names = {"namespace_name": RATES, "user_id": user}
        found = (await services.call("exchange", "DescribeAwaitsByUserId", **names, limit=PAGE)).items
        if not found:
            return acquired
        for item in found:
            try:
                await services.call("exchange", "AcquireForceByUserId", **names, await_name=item.name)
            except grpc.aio.AioRpcError as error:
                wrong.append(f"{user} has the await {item.name} in the list and cannot acquire it: {error.details()}")
        acquired += len(found)


async def _read_codes(plan, services, history):
    """Read all codes; return how many of those that are used by exchanges only each player has used."""
    used = Counter()
    for campaign, codes in ((HOT, plan.hot), (SOLD, plan.sold)):
        places = {code: place for place, code in enumerate(codes)}
        begin = now_ns()
        found = await world.keys(services, campaign, plan.jobs[campaign])
        for key in found:
            said = observed.said_of_code(plan, MessageToDict(key))
            part = Part(f"code/{campaign}-{places[key.code]}", {"kind": "get"})
            history.write(_CLIENT, part, begin, now_ns(), {"outcome": "ok"} | said)
            used[key.used_user_id] += campaign == SOLD and said["status"] == "USED"
    return used


async def _read_counters(plan, services, history, user):
    """Read all counters of a player; return the sums of those that count exchanges."""
    sums, token = Counter(), None
    while token != "":
        begin = now_ns()
        page = await services.call(
            "limit",
            "DescribeCountersByUserId",
            namespace_name=COUNTERS,
            user_id=user,
            limit=PAGE,
            page_token=token,
        )
        token = page.next_page_token
        for item in page.items:
            sums[item.name.rpartition("-")[0]] += item.count
            part = _part_of(item, user)
            said = observed.said_of_counter(plan, MessageToDict(item), part.tick)
            # What was acquired here, at the end, is not in the history.
            if not item.name.startswith("received-"):
                history.write(_CLIENT, part, begin, now_ns(), {"outcome": "ok"} | said)
    return sums


def _part_of(item, user):
    if item.limit_name == "ever":
        return Part(f"counter/{user}-{item.name}", {"kind": "get"})
    tick = int(item.limit_name.rpartition("-")[2])
    return Part(f"resetting/{user}-{tick}-{item.name}", {"kind": "get"}, tick=tick)


def _compare(sums, used):
    """Return what is wrong: a reward for every code that an exchange has used, and for everything that was paid."""
    wrong = []
    for user, sum_ in sums.items():
        if sum_["given"] - sum_["returned"] != used[user]:
            wrong.append(
                f"{user} used {used[user]} codes by exchanges, was given {sum_['given']} rewards "
                f"and returned {sum_['returned']}"
            )
        if sum_["paid"] != sum_["received"]:
            wrong.append(f"{user} paid {sum_['paid']} times and received {sum_['received']} rewards")
    return wrong
