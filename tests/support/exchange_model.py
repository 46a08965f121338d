"""A model of what players have, in a few dictionaries, and of a few rates; rates() are the same as master data."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from support.clock import ManualClock
from support.exchanges import Exchanges

DAY_MS = 24 * 60 * 60 * 1000
LOCK_SECONDS = 100 * 60
CAMPAIGN_CODE, NO_CODE = "WELCOME2026", "AAAAA-AAAA-AAAAA-AAAA-AAAA"
INT_MAX = 2_147_483_646
STEEP = 500_000_000  # the third exchange alone costs more than an int holds

Item = dict[str, Any]  # as the documents have it
Key = tuple[str, ...]  # of a counter: player, limit, name

_COMPARISONS: dict[int, Callable[[int, int], bool]] = {1: lt, 2: le, 3: gt, 4: ge, 5: eq, 6: ne}


def rates(shop: Exchanges) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return master data with the rates of the model, and its incremental rates."""
    reward = {"acquireActions": [shop.down("got", countDownValue=2)]}
    buying = {
        "verifyActions": [shop.verify("less", 3, "bought", "daily")],
        "consumeActions": [shop.up("bought", "daily", countUpValue=2, maxValue=8)],
    }
    waiting = {
        "timingType": "await",
        "lockTime": LOCK_SECONDS // 60,
        "consumeActions": [shop.up("paid")],
        "acquireActions": [shop.down("#{what}")],
    }
    daily = f"grn:gs2:here:me:limit:{shop.limits.name}:limit:daily"
    linear = {"baseValue": 0, "coefficientValue": 3, "maximumExchangeCount": 6}
    power = {"calculateType": "power", "coefficientValue": STEEP, "exchangeCountId": daily}
    return [
        {"name": "redeem", "consumeActions": [shop.up("redeemed", maxValue=3), shop.use()], **reward},
        {"name": "buy", **buying, **reward},
        {"name": "anew", "acquireActions": [shop.forget("bought", "daily")]},
        {"name": "slow", **waiting},
    ], [shop.incremental(name="linear", **linear, **reward), shop.incremental(name="power", **power, **reward)]


class Refused(Exception):
    """The reason for which the model refuses."""


@dataclass(frozen=True)
class Counter:
    """A counter; never counted as it is made."""

    count: int = 0
    reset_at: int | None = None
    created_at: int | None = None
    updated_at: int | None = None
    revision: int = 0


@dataclass(frozen=True)
class Await:
    """A reward that is waited for."""

    rate: str
    count: int
    config: dict[str, str]
    exchanged_at: int
    skip: int = 0
    revision: int = 1

    @property
    def acquirable_at(self) -> int:
        """From when on it can be acquired."""
        return self.exchanged_at + (LOCK_SECONDS - self.skip) * 1000


class Model:
    """The state of players. Methods for actions return the item in its documented form, or raise Refused."""

    def __init__(self, codes: Iterable[str], clock: ManualClock) -> None:
        self.clock = clock
        self.uses: dict[str, tuple[str, int] | None] = dict.fromkeys(codes)  # of a code: by whom and when
        self.counters: dict[Key, Counter] = {}  # by player, limit and name
        self.awaits: dict[tuple[str, str], Await] = {}  # by player and name
        self.next_name: Any = None  # of the await that is about to be made, for the server draws it

    def attempt(self, act: Callable[[], Any], *, dry: bool = False) -> Any:
        """Do all of it or nothing; return what is seen of it, or the reason of the refusal."""
        before = self.uses.copy(), self.counters.copy(), self.awaits.copy()
        try:
            answer, done = act(), not dry
        except Refused as refused:
            answer, done = str(refused), False
        if not done:
            self.uses, self.counters, self.awaits = before
        return answer

    # Codes

    def code(self, code: str) -> Item:
        """Return the state of a code."""
        use = self.uses.get(code)
        used = {"usedUserId": use[0], "usedAt": use[1]} if use else {}
        return {"code": code, "status": "USED" if use else "ACTIVE"} | used

    def verify_code(self, code: str, *, active: bool = True) -> Item:
        """Check whether a code can be used, or cannot."""
        if code != CAMPAIGN_CODE and code not in self.uses:
            raise Refused("CODE_NOT_FOUND")
        if (self.uses.get(code) is None) != active:
            raise Refused("CODE_STATUS_INVALID")
        return self.code(code)

    def use(self, user: str, code: str) -> Item:
        """Use a code; a campaign code stays as it is."""
        self.verify_code(code)
        if code in self.uses:
            self.uses[code] = user, self.clock.now
        return self.code(code)

    def revert(self, user: str, code: str) -> Item:
        """Revert a use, of the same player."""
        if code != CAMPAIGN_CODE:
            self.verify_code(code, active=False)
            if (use := self.uses[code]) is None or use[0] != user:
                raise Refused("CODE_STATUS_INVALID")
            self.uses[code] = None
        return self.code(code)

    # Counters; a key is (player, limit, name)

    def stands(self, key: Key) -> Counter | None:
        """Return the current state of a counter: 0 after its reset; None for one that was never counted."""
        found = self.counters.get(key)
        if found and found.reset_at is not None and found.reset_at <= self.clock.now:
            return replace(found, count=0, reset_at=self._reset_after(key), revision=found.revision + 1)
        return found

    def _reset_after(self, key: Key) -> int | None:
        return (self.clock.now // DAY_MS + 1) * DAY_MS if key[1] == "daily" else None

    def counter(self, key: Key) -> Item:
        """Return the state of a counter, as the documents have it."""
        found = self.stands(key) or Counter()
        times = {"nextResetAt": found.reset_at, "createdAt": found.created_at, "updatedAt": found.updated_at}
        names = dict(zip(("userId", "limitName", "name"), key, strict=True))
        known = {name: value for name, value in times.items() if value is not None}
        return names | known | {"count": found.count, "revision": found.revision}

    def _set(self, key: Key, count: int) -> Item:
        now = self.clock.now
        was = self.stands(key) or Counter(reset_at=self._reset_after(key), created_at=now)
        self.counters[key] = replace(was, count=count, updated_at=now, revision=was.revision + 1)
        return self.counter(key)

    def _counted(self, key: Key) -> Counter:
        found = self.stands(key)
        if found is None:
            raise Refused("COUNTER_NOT_FOUND")
        return found

    def up(self, *key: str, by: int = 1, most: int | None = None) -> Item:
        """Count up within a maximum."""
        count = (self.stands(key) or Counter()).count + by
        if count > (most or INT_MAX):
            raise Refused("COUNTER_OVERFLOW")
        return self._set(key, count)

    def down(self, *key: str, by: int = 1) -> Item:
        """Count down, not below 0."""
        return self._set(key, max(0, self._counted(key).count - by))

    def forget(self, *key: str) -> Item:
        """Delete a counter."""
        self._counted(key)
        item = self.counter(key)
        del self.counters[key]
        return item

    def verify(self, *key: str, verify_type: int, count: int) -> Item:
        """Compare a counter."""
        item = self.counter(key)
        if not _COMPARISONS[verify_type](item["count"], count):
            raise Refused("COUNTER_VERIFICATION_FAILED")
        return item

    # Awaits

    def waiting(self, user: str, name: str) -> Item:
        """Return the state of an await, as the documents have it."""
        found = self._awaited(user, name)
        config = [{"key": key, "value": value} for key, value in found.config.items()]
        times = {
            "acquirableAt": found.acquirable_at,
            "exchangedAt": found.exchanged_at,
            "createdAt": found.exchanged_at,
        }
        names = {"userId": user, "name": name, "rateName": found.rate}
        numbers = {"count": found.count, "skipSeconds": found.skip, "revision": found.revision}
        return names | times | numbers | ({"config": config} if config else {})

    def _awaited(self, user: str, name: str) -> Await:
        if (user, name) not in self.awaits:
            raise Refused("AWAIT_NOT_FOUND")
        return self.awaits[user, name]

    def make_await(self, user: str, rate: str, count: int, values: dict[str, str]) -> Item:
        """Make an await."""
        self.awaits[user, self.next_name] = Await(rate, count, values, self.clock.now)
        return self.waiting(user, self.next_name)

    def skip(self, user: str, name: str, *, skip_type: int, minutes: int, percent: int) -> Item:
        """Shorten a wait."""
        found = self._awaited(user, name)
        remaining = max(0, LOCK_SECONDS - found.skip - (self.clock.now - found.exchanged_at) // 1000)
        parts = {1: LOCK_SECONDS, 2: 60 * minutes, 3: LOCK_SECONDS * percent // 100, 4: remaining * percent // 100}
        skip = min(LOCK_SECONDS, found.skip + parts[skip_type])
        self.awaits[user, name] = replace(found, skip=skip, revision=found.revision + 1)
        return self.waiting(user, name)

    def give_up(self, user: str, name: str) -> Item:
        """Delete an await."""
        item = self.waiting(user, name)
        del self.awaits[user, name]
        return item

    def acquire(self, user: str, name: str, values: dict[str, str], *, force: bool = False) -> list[Item]:
        """Acquire what was waited for."""
        found = self._awaited(user, name)
        if not force and self.clock.now < found.acquirable_at:
            raise Refused("AWAIT_LOCKED")
        values = found.config | values
        if "what" not in values:
            raise Refused("VALIDATION_FAILED")
        return [self.give_up(user, name), self.down(user, "ever", values["what"], by=found.count)]

    # Rates; they return the items of all their actions

    def exchange(self, user: str, rate: str, count: int, values: dict[str, str]) -> list[Item]:
        """Exchange by a rate."""
        items: list[Item] = getattr(self, f"_{rate}")(user, count, values)
        return items

    def _reward(self, user: str, count: int) -> Item:
        return self.down(user, "ever", "got", by=2 * count)

    def _redeem(self, user: str, count: int, values: dict[str, str]) -> list[Item]:
        if count > 1 or "code" not in values:
            raise Refused("VALIDATION_FAILED")
        counted = self.up(user, "ever", "redeemed", most=3)
        return [counted, self.use(user, values["code"]), self._reward(user, count)]

    def _buy(self, user: str, count: int, _values: dict[str, str]) -> list[Item]:
        verified = self.verify(user, "daily", "bought", verify_type=1, count=3 * count)
        return [verified, self.up(user, "daily", "bought", by=2 * count, most=8), self._reward(user, count)]

    def _anew(self, user: str, count: int, _values: dict[str, str]) -> list[Item]:
        if count > 1:
            raise Refused("VALIDATION_FAILED")
        return [self.forget(user, "daily", "bought")]

    def _slow(self, user: str, count: int, values: dict[str, str]) -> list[Item]:
        return [self.up(user, "ever", "paid", by=count), self.make_await(user, "slow", count, values)]

    def rise(self, user: str, rate: str, count: int) -> list[Item]:
        """Exchange incrementally."""
        limit, most = {"linear": ("ever", 6), "power": ("daily", 1000)}[rate]
        counted = self.up(user, limit, rate, by=count, most=most)
        units = range(counted["count"] - count, counted["count"])
        price = sum({"linear": 3 * unit, "power": STEEP * (unit + 1) ** 2}[rate] for unit in units)
        if price > INT_MAX:
            raise Refused("PRICE_TOO_HIGH")
        paid = [self.up(user, "ever", "paid", by=price)] if price else []  # nothing is paid with nothing
        return [counted, *paid, self._reward(user, count)]
