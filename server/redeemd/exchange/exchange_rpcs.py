"""RPCs that exchange, at a fixed price or at a rising one. Methods in the order of the proto."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple

from google.protobuf.message import Message
from redeem.exchange.v1 import requests_pb2 as pb
from redeem.exchange.v1 import resources_pb2
from redeem.limit.v1 import requests_pb2 as limit_pb

from redeemd.errors import ValidationFailed, Violation
from redeemd.event.recorder import emits
from redeemd.exchange import awaits, events, incremental
from redeemd.exchange.actions import CREATE_AWAIT, EXCHANGE, INCREMENTAL_EXCHANGE
from redeemd.exchange.awaits import config_messages, config_of
from redeemd.exchange.definition import RateKinds
from redeemd.exchange.errors import (
    AwaitExchangeDisabled,
    DirectExchangeDisabled,
    ExchangesExhausted,
)
from redeemd.exchange.events import ExchangeRequest, IncrementalRequest
from redeemd.exchange.incremental import IncrementalModel
from redeemd.exchange.rates import ModelT, Rate, Rates
from redeemd.exchange.scripted import Event, ExchangeScripts, Subject, config_argument, require_whole_reward
from redeemd.exchange.settings import Settings
from redeemd.resources import master_data
from redeemd.resources.common import CommonRpcs
from redeemd.resources.master_data import ModelKind
from redeemd.resources.scripts import Trigger
from redeemd.rpc.call import Call, NamespacedRequest
from redeemd.rpc.marks import authorized
from redeemd.transaction import added
from redeemd.transaction.action import ActionRequest
from redeemd.transaction.opening import Whole, signed_sheet
from redeemd.transaction.runner import Runner
from redeemd.transaction.signed import SheetRunner
from redeemd.transaction.transaction import Transaction

AWAIT_COUNT_MAX = 10_000


class Offer(NamedTuple, Generic[ModelT]):
    """A rate in force, parsed and as clients see it, with the settings of its namespace."""

    settings: Settings
    rate: Rate[ModelT]
    item: Message
    subject: Subject


class ExchangeRpcs(CommonRpcs):
    """See ExchangeService in the proto."""

    kinds: RateKinds
    rates: Rates
    runner: Runner
    scripts: ExchangeScripts
    signed: SheetRunner

    @emits(events.exchanged)
    async def Exchange(self, call: Call[pb.ExchangeRequest]) -> Message:
        return await self._exchange(call)

    @emits(events.exchanged)
    async def ExchangeByUserId(self, call: Call[pb.ExchangeByUserIdRequest]) -> Message:
        return await self._exchange(call)

    async def _exchange(self, call: Call[ExchangeRequest]) -> Message:
        offer = await self._offer(call, self.kinds.rate, self.rates.rate)
        offer.rate.whole.require_here()
        config = config_of(call.request.config)
        transaction = begin(self.runner, call, offer.settings)
        event = _event("exchange", call, offer.settings.exchange_script, offer.subject)
        if offer.rate.model.timing_type == resources_pb2.TIMING_TYPE_AWAIT:
            await self._pay_for_await(call, transaction, offer, config, event)
        else:
            _require_direct(call, offer.settings)
            permission = self.scripts.permission(transaction, event)
            planned = transaction.plan(offer.rate.whole, config, count=call.request.count)
            paid = added.scaled(self.runner.parser, planned, permission.rate)
            await transaction.perform_all(added.joined(paid, permission.actions))
        await self.scripts.after(transaction, event)
        return await transaction.reply(item=offer.item)

    async def _pay_for_await(
        self,
        call: Call[ExchangeRequest],
        transaction: Transaction,
        offer: Offer[resources_pb2.RateModel],
        config: dict[str, str],
        event: Event,
    ) -> None:
        """Charge the price now, and create an await in place of the reward (semantics 3.3)."""
        count = call.request.count
        require_awaiting(offer.settings)
        if count > AWAIT_COUNT_MAX:
            text = f"must be at most {AWAIT_COUNT_MAX} for a rate with a waiting time"
            raise ValidationFailed(component="await", violations=[Violation("count", text)])
        self.runner.parser.require_multipliable(offer.rate.reward.templates, count)
        permission = self.scripts.permission(transaction, event)
        require_whole_reward(event.trigger, permission)
        create = self.runner.parser.build(
            CREATE_AWAIT,
            "acquireActions[0]",
            namespace_name=call.request.namespace_name,
            user_id=call.player,
            rate_name=call.request.rate_name,
            count=count,
            config=config_messages(config),
        )
        price = transaction.plan(offer.rate.price, config, count=count)
        await transaction.perform_all(added.joined([*price, *transaction.admit(create)], permission.actions))

    @authorized(signed_sheet)
    async def ExchangeByStampSheet(self, call: Call[pb.ExchangeByStampSheetRequest], whole: Whole) -> Message:
        return await self.signed.run_sheet_as(call, whole, EXCHANGE)

    @emits(events.exchanged_incrementally)
    async def IncrementalExchange(self, call: Call[pb.IncrementalExchangeRequest]) -> Message:
        return await self._exchange_incrementally(call)

    @emits(events.exchanged_incrementally)
    async def IncrementalExchangeByUserId(self, call: Call[pb.IncrementalExchangeByUserIdRequest]) -> Message:
        return await self._exchange_incrementally(call)

    async def _exchange_incrementally(self, call: Call[IncrementalRequest]) -> Message:
        offer = await self._offer(call, self.kinds.incremental_rate, self.rates.incremental_rate)
        offer.rate.whole.require_here()
        _require_direct(call, offer.settings)
        transaction = begin(self.runner, call, offer.settings)
        event = _event("incrementalExchange", call, offer.settings.incremental_exchange_script, offer.subject)
        permission = self.scripts.permission(transaction, event)
        require_whole_reward(event.trigger, permission)
        pay = self._sign_incrementally if transaction.signed else self._pay_incrementally
        await pay(transaction, offer, config_of(call.request.config), call.request.count, permission.actions)
        await self.scripts.after(transaction, event)
        return await transaction.reply(item=offer.item)

    async def _pay_incrementally(
        self,
        transaction: Transaction,
        offer: Offer[IncrementalModel],
        config: dict[str, str],
        count: int,
        by_script: Sequence[ActionRequest],
    ) -> None:
        """Count up, and compute the price from the previous count: concurrent calls never pay the same price."""
        rate = offer.rate
        [pay] = transaction.plan(rate.price, config, count=1)
        reward = transaction.plan(rate.reward, config, count=count)
        most = rate.model.maximum_exchange_count
        [counting] = transaction.admit(
            incremental.count_up(self.runner.parser, transaction.call, rate.model, count, at_most=most)
        )
        order = added.joined([counting, pay, *reward], by_script)
        await transaction.take_players(order)
        first = order.index(counting)
        await transaction.perform_all(order[:first])
        counted = await transaction.perform(counting)
        if counted is not None:  # None in a forecast that cannot know the price
            price = self._price(transaction, offer, before=counted.item.count - count, count=count)
            if price:
                await transaction.perform(incremental.priced(pay, price))
        await transaction.perform_all(order[first + 2 :])

    async def _sign_incrementally(
        self,
        transaction: Transaction,
        offer: Offer[IncrementalModel],
        config: dict[str, str],
        count: int,
        by_script: Sequence[ActionRequest],
    ) -> None:
        """Compute the price from the current count; the sheet can be run only while the count is unchanged.

        Of two sheets with the same price, only one can be run: it counts up to the maximum that both allow.
        """
        call, model = transaction.call, offer.rate.model
        [pay] = transaction.plan(offer.rate.price, config, count=1)
        reward = transaction.plan(offer.rate.reward, config, count=count)
        before = await self._count(call, model)
        if before + count > model.maximum_exchange_count:
            raise ExchangesExhausted
        price = self._price(transaction, offer, before=before, count=count)
        same = incremental.verify_count(self.runner.parser, call, model, limit_pb.VERIFY_TYPE_EQUAL, before)
        own = [same, incremental.count_up(self.runner.parser, call, model, count, at_most=before + count)]
        paid = [incremental.priced(pay, price)] if price else []
        await transaction.perform_all(added.joined([*transaction.admit(*own), *paid, *reward], by_script))

    def _price(self, transaction: Transaction, offer: Offer[IncrementalModel], *, before: int, count: int) -> int:
        """Return the price of exchanges, by a formula or by a script. Raises PriceTooHigh, or as Scripts.run."""
        model = offer.rate.model
        if model.calculate_type == resources_pb2.CALCULATE_TYPE_GS2_SCRIPT:
            return self.scripts.price(transaction, model, offer.subject, before=before, count=count)
        return incremental.formula(model, before=before, count=count)

    async def _count(self, call: Call[object], model: IncrementalModel) -> int:
        """Return the number of exchanges counted, as replied by a verify action whose condition always holds."""
        look = incremental.verify_count(self.runner.parser, call, model, limit_pb.VERIFY_TYPE_GREATER_EQUAL, 0)
        found = await self.runner.decide(call, namespace_names=[]).perform(look)
        count: int = found.item.count
        return count

    @authorized(signed_sheet)
    async def IncrementalExchangeByStampSheet(
        self, call: Call[pb.IncrementalExchangeByStampSheetRequest], whole: Whole
    ) -> Message:
        return await self.signed.run_sheet_as(call, whole, INCREMENTAL_EXCHANGE)

    async def _offer(
        self,
        call: Call[ExchangeRequest | IncrementalRequest],
        kind: ModelKind,
        read: Callable[[bytes], Rate[ModelT]],
    ) -> Offer[ModelT]:
        """Look up the rate of a request. Raises NamespaceNotFound, the kind's not_found or StaleNamespace."""
        namespace = await self.known_namespace(call)
        name = call.request.rate_name
        known = {} if call.issuer is None else call.issuer.rates
        key = namespace.namespace_id, kind.kind, name
        found = known.get(key)
        if not isinstance(found, awaits.InForce):
            found = known[key] = await awaits.in_force(call.tx, *key, kind.not_found)
        item = master_data.render(name, found.model, self.grns, namespace.name, kind)
        return Offer(found.settings, read(found.model), item, Subject(namespace.name, found, item))


def _event(
    name: str, call: Call[ExchangeRequest | IncrementalRequest], trigger: Trigger | None, subject: Subject
) -> Event:
    """Return an exchange as an event with scripts."""
    return Event(
        name,
        trigger,
        subject,
        lambda: {
            "userId": call.player,
            "count": call.request.count,
            "config": config_argument(call.request.config),
        },
    )


def begin(runner: Runner, call: Call[NamespacedRequest], settings: Settings) -> Transaction:
    """Begin the transaction of an exchange, signed for the caller to run if the namespace does not run it itself."""
    return runner.begin(call, namespace_names=[call.request.namespace_name], signed=not settings.auto_run)


def require_awaiting(settings: Settings) -> None:
    """Raise AwaitExchangeDisabled if the namespace does not allow rates with a waiting time."""
    if not settings.awaiting:
        raise AwaitExchangeDisabled(error_type="invalid")


def _require_direct(call: Call[object], settings: Settings) -> None:
    """Raise DirectExchangeDisabled if exchanges must be actions of transactions (semantics 12.9)."""
    if not settings.direct and call.issuer is None:
        raise DirectExchangeDisabled(error_type="invalid")
