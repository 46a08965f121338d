"""Limits how many wrong texts players, and keys that see codes masked, may try as codes.

A genuine serial code is recognised by arithmetic and costs nothing. Any other text takes a guess from the player's
bucket in this process and, if it might be an imported code or a campaign code, one from the player's budget in the
store. Both are taken before the lookup, so that a refusal reveals nothing about the text, and both are returned if the
text was right.
"""

from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from types import TracebackType

from redeem.serialkey.v1.resources_pb2 import CampaignModel
from redeem.serialkey.v1.resources_pb2 import Namespace as NamespaceMessage

from redeemd.base.clock import Clock
from redeemd.base.tarpit import Tarpit
from redeemd.crypto.keyring import keyed_hash
from redeemd.errors import ReservationRequired, ServiceError, StaleNamespace
from redeemd.resources.cache import RefreshingCache
from redeemd.resources.namespaces import NamespaceKey
from redeemd.rpc.call import Call, Caller
from redeemd.serialkey.codec.code_format import CHECK_BITS_SAFE
from redeemd.serialkey.errors import LimitReached, TooManyGuesses
from redeemd.serialkey.guessing import budget, tried
from redeemd.serialkey.guessing.attacks import Attacks
from redeemd.serialkey.guessing.buckets import Buckets, RateLimit
from redeemd.serialkey.guessing.rules import DEFAULT_LIMIT, Rules, limit_of
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Store, StoreError, Tx

ALARM_PER_MINUTE = 100
# Guesses that are reserved concurrently; the bound keeps other calls from queueing behind many of them.
RESERVING_MAX = 2


def guesser(caller: Caller) -> str | None:
    """Return whose limit a caller's guesses count against: a player's, or that of a key that sees codes masked.

    None: the caller is not limited. Players and keys do not collide, because ids of players contain no colon.
    """
    if caller.sees_codes_masked:
        return f"key:{caller.key_id}"
    return caller.user_id


class Guesses:
    """The guesses of all players in all namespaces."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        attacks: Attacks,
        tarpit: Tarpit,
        reserving: AbstractAsyncContextManager[object],
        *,
        key: bytes,
    ) -> None:
        """`tarpit` delays refusals; `reserving` admits RESERVING_MAX reservations at a time; `key` hashes texts."""
        self._key = key
        self._tarpit = tarpit
        self._store = store
        self._clock = clock
        self.buckets = Buckets()  # by namespace id and user id
        self._reserving = reserving
        self._rules: RefreshingCache[NamespaceKey, Rules] = RefreshingCache(self._read_rules)
        self.attacks = attacks

    async def reserve(self, call: Call[object], namespace: NamespaceKey, text: str) -> "Guess | Unmetered":
        """Take a guess for a call, outside its transaction, if its caller is limited; once per text.

        Raises TooManyGuesses, StaleNamespace, Conflict or a StoreError.
        """
        taken = _taken(call, namespace, text)
        if taken is None:
            rules = await self.rules_of(namespace)
            limit = rules.limit or (None if call.origin.caller.user_id is not None else DEFAULT_LIMIT)
            taken = UNMETERED if limit is None else await self._take(call, namespace, rules, limit, text)
            call.origin.reserved[_key(namespace, None if taken is UNMETERED else text)] = taken
        return taken

    async def reserved(self, call: Call[object], namespace: NamespaceKey, text: str) -> "Guess | Unmetered":
        """Return the guess taken for a call, inside its transaction. Raises ReservationRequired if there is none."""
        taken = _taken(call, namespace, text)
        if taken is None:
            raise ReservationRequired(lambda: self.reserve(call, namespace, text))
        return taken

    async def _take(
        self, call: Call[object], namespace: NamespaceKey, rules: Rules, limit: RateLimit, text: str
    ) -> "Guess":
        user_id = guesser(call.origin.caller)
        assert user_id is not None, "a caller that is not limited takes no guess"
        hashed = keyed_hash(self._key, user_id.encode(), text.encode()).hex()[: tried.HASH]
        guess = Guess(self, namespace, user_id, rules, limit, hashed, self._clock.monotonic_ms())
        if self.buckets.repeat(guess.player, guess.text, now=guess.taken_at):
            guess.repeated = True
            return guess
        taken = self.buckets.take(guess.player, guess.limit, now=guess.taken_at)
        if taken.retry_after_ms:
            raise await self._refusal(guess, taken.retry_after_ms)
        if taken.waited:  # callers that were refused together would otherwise return together
            await self._tarpit.wait(guess.limit.interval)
        try:
            if rules.findable and not await self._reserve(guess):
                guess.repeated = True
                self._return(guess)
        except TooManyGuesses as refusal:
            retry_after_ms = refusal.retry_after_ms or 0
            self._return(guess)
            # Until then, refuse without a statement in the store.
            self.buckets.refuse(guess.player, guess.limit, until=self._clock.monotonic_ms() + retry_after_ms)
            raise await self._refusal(guess, retry_after_ms) from None
        except Exception:  # a cancelled call, which raises CancelledError, gets nothing back
            self._return(guess)
            raise
        self.buckets.remember(guess.player, guess.text, repeated=guess.repeated)
        return guess

    async def _refusal(self, guess: "Guess", retry_after_ms: int) -> TooManyGuesses:
        """Return, after a delay, the refusal of a guess that is possible in `retry_after_ms`.

        The delay does not depend on it, so that callers refused together do not return together.
        """
        self.attacks.refused(guess.namespace, guess.rules.alarm)
        return TooManyGuesses.until(max(0, retry_after_ms - await self._tarpit.wait(guess.limit.interval)))

    async def _reserve(self, guess: "Guess") -> bool:
        """Take a guess from the budget in the store; return False if its text was tried before."""

        async def body(tx: Tx) -> bool:
            return await budget.reserve(tx, *guess.player, guess.limit, guess.text, now=self._clock.now_ms())

        async with self._reserving:
            return await self._store.run(body, write=True, autocommit=True)

    async def give_back(self, guess: "Guess") -> None:
        """Return a guess whose text was right, or whose call failed, unless its text was repeated."""
        if not self.buckets.returns(guess.player, guess.text, right=guess.right) or guess.repeated:
            return
        self._return(guess)
        if not guess.rules.findable:
            return
        left = guess.limit.left_of(taken_at=guess.taken_at, now=self._clock.monotonic_ms())

        async def body(tx: Tx) -> None:
            await budget.give_back(tx, *guess.player, guess.text, left=left, right=guess.right)

        try:
            await self._store.run(body, write=True, autocommit=True)
        except StoreError:
            return  # it refills by itself, a little later

    def _return(self, guess: "Guess") -> None:
        now = self._clock.monotonic_ms()
        self.buckets.give_back(guess.player, guess.limit, taken_at=guess.taken_at, now=now)

    async def _read_rules(self, namespace: NamespaceKey) -> Rules:
        namespace_id = namespace.namespace_id

        async def body(tx: Tx) -> tuple[Rules, dict[str, int]]:
            row = await tx.one(QUERIES.guess_rules, namespace_id=namespace_id, check_bits_safe=CHECK_BITS_SAFE)
            if row is None:
                raise StaleNamespace
            findable = bool(row["imported"] or row["guessable"])
            if not findable:
                campaigns = await tx.all(QUERIES.campaign_bodies, namespace_id=namespace_id)
                findable = any(CampaignModel.FromString(it["body"]).enable_campaign_code for it in campaigns)
            setting = NamespaceMessage.FromString(row["body"]).guess_limit
            alarm = setting.alarm_per_minute if setting.HasField("alarm_per_minute") else ALARM_PER_MINUTE
            return Rules(limit_of(setting), findable, alarm), await budget.resets(tx, namespace_id)

        rules, resets = await self._store.run(body, write=False)
        for user_id, number in resets.items():
            self.buckets.reset((namespace_id, user_id), number)
        return rules

    async def rules_of(self, namespace: NamespaceKey) -> Rules:
        """Return the rules of a namespace. Raises StaleNamespace or a StoreError."""
        return await self._rules.find(namespace, now=self._clock.now_ms())

    def used_here_ms(self, namespace_id: int, user_id: str, limit: RateLimit) -> int:
        """Return the milliseconds until a player's bucket in this process is full."""
        return self.buckets.used_ms((namespace_id, user_id), limit, now=self._clock.monotonic_ms())

    def forget(self, namespace: NamespaceKey) -> None:
        """Drop the cached rules of a namespace, because its settings or its codes changed."""
        self._rules.forget(namespace)


@dataclass(slots=True)
class Guess:
    """A guess that was taken, or `repeated`: for a text that was tried before, none was.

    `user_id` is as `guesser` returns it, `text` a hash. As a context manager, records whether the guess was wrong. It
    is wrong as soon as one check refuses the text, even if an expression tolerates that, and stays wrong.
    """

    guesses: Guesses
    namespace: NamespaceKey
    user_id: str
    rules: Rules
    limit: RateLimit
    text: str
    taken_at: int
    repeated: bool = field(default=False, init=False)
    found: bool = field(default=False, init=False)
    refused: bool = field(default=False, init=False)

    @property
    def player(self) -> tuple[int, str]:
        """The player whose bucket it was taken from: namespace id and user id."""
        return self.namespace.namespace_id, self.user_id

    @property
    def right(self) -> bool:
        """Whether the text is a code, and no check refused it."""
        return self.found and not self.refused

    def __enter__(self) -> None:
        """Begin a check of the text."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """End a check of the text, and record a refusal."""
        if isinstance(error, ServiceError) and error.says_no and not isinstance(error, LimitReached):
            self.refused = True
        elif error is None:
            self.found = True

    async def settle(self, *, failed: bool) -> None:
        """See Reservation. If the store failed, the player learned nothing."""
        if not self.refused or failed:
            await self.guesses.give_back(self)
        elif not self.repeated:
            self.guesses.attacks.wrong(self.namespace, self.rules.alarm)


class Unmetered(nullcontext[None]):
    """Takes the place of a guess for calls that take none."""

    async def settle(self, *, failed: bool) -> None:
        """See Reservation."""


UNMETERED = Unmetered()


def _taken(call: Call[object], namespace: NamespaceKey, text: str) -> Guess | Unmetered | None:
    """Return what was taken for a text; None if something must be taken first.

    It is UNMETERED if a trusted server calls, or if the action that looks up the text comes from master data.
    """
    origin = call.origin
    if guesser(origin.caller) is None or (call.issuer is not None and call.issuer.from_master):
        return UNMETERED
    taken = origin.reserved.get(_key(namespace, text)) or origin.reserved.get(_key(namespace, None))
    assert taken is None or isinstance(taken, (Guess, Unmetered)), "no other module uses these keys"
    return taken


def _key(namespace: NamespaceKey, text: str | None) -> Hashable:
    """Return the key under which a call stores a guess; with None, for all texts."""
    return "guess", namespace.namespace_id, text
