"""Creates the services of the API: the only module that knows all of them."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from google.protobuf.descriptor import ServiceDescriptor
from redeem.auth.v1 import auth_service_pb2
from redeem.event.v1 import event_service_pb2
from redeem.exchange.v1 import exchange_service_pb2
from redeem.limit.v1 import limit_service_pb2
from redeem.serialkey.v1 import serialkey_service_pb2

from redeemd.app.foundation import Foundation
from redeemd.app.maintenance import Chore, in_transaction
from redeemd.auth.servicer import AuthServicer
from redeemd.base.tarpit import Tarpit
from redeemd.crypto.sealing import Box
from redeemd.event.servicer import EventServicer
from redeemd.exchange import actions as exchange_actions
from redeemd.exchange import definition as exchange_definition
from redeemd.exchange.awaits import Awaits
from redeemd.exchange.servicer import ExchangeServicer
from redeemd.exchange.user_data import PlayersAwaits
from redeemd.http.links import Open
from redeemd.limit import actions as limit_actions
from redeemd.limit import definition as limit_definition
from redeemd.limit.servicer import LimitServicer
from redeemd.limit.user_data import Counters
from redeemd.resources.common import SharedServices
from redeemd.resources.master_data import MasterData
from redeemd.resources.masters import Masters
from redeemd.resources.namespaces import Namespaces
from redeemd.resources.resource import Grns
from redeemd.resources.user_data import UserData
from redeemd.resources.user_data_jobs import UserDataJobs
from redeemd.rpc.own_calls import OwnCalls
from redeemd.rpc.runtime import Runtime
from redeemd.serialkey import actions as serialkey_actions
from redeemd.serialkey import batch_curves, deleting, download, tallies
from redeemd.serialkey import definition as serialkey_definition
from redeemd.serialkey.events import Codes
from redeemd.serialkey.guessing import budget
from redeemd.serialkey.guessing.attacks import Attacks
from redeemd.serialkey.guessing.guesses import RESERVING_MAX, Guesses
from redeemd.serialkey.importing import imports
from redeemd.serialkey.importing.imports import Imports
from redeemd.serialkey.servicer import SerialKeyServicer
from redeemd.serialkey.user_data import UsedCodes
from redeemd.transaction import actions as transaction_actions
from redeemd.transaction.definition import ActionDefinition
from redeemd.transaction.parser import ActionParser
from redeemd.transaction.registry import Registry
from redeemd.transaction.results import Results
from redeemd.transaction.reversals import Reversals
from redeemd.transaction.reversing import Planner
from redeemd.transaction.runner import Runner
from redeemd.transaction.servicer import SERVICE as TRANSACTION_SERVICE
from redeemd.transaction.servicer import TransactionServicer
from redeemd.transaction.sheets import Sheets
from redeemd.transaction.signed import SheetRunner


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the API.

    actions    the methods that transactions can run
    chores     its part of the housekeeping
    downloads  functions that open files, by the purpose of their URLs
    tables     those keyed by namespace, with their key columns
    """

    descriptor: ServiceDescriptor
    servicer: object
    actions: Sequence[ActionDefinition] = ()
    chores: Sequence[Chore] = ()
    downloads: Mapping[str, Open] = field(default_factory=dict)
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Services(NamedTuple):
    """All services, and what reads the actions of their transactions."""

    all: Sequence[Service]
    parser: ActionParser

    def run_transaction(self, runtime: Runtime) -> OwnCalls:
        """Return what calls RunTransaction for the server itself."""
        servicer = next(each.servicer for each in self.all if each.descriptor is TRANSACTION_SERVICE)
        return OwnCalls(TRANSACTION_SERVICE.methods_by_name["RunTransaction"], servicer, runtime)


def create(foundation: Foundation) -> Services:
    """Create all services, and let transactions run their actions."""
    handlers, access = foundation.handlers, foundation.access
    registry = Registry(foundation.events, handlers.actions, access.time_offset)
    runner, sheets = _runner(foundation, registry)
    signed = SheetRunner(runner, foundation.idempotency, sheets)
    others = [
        _auth(foundation),
        _events(foundation),
        _serial_keys(foundation, signed),
        _limits(foundation, signed),
        _exchanges(foundation, runner, signed),
    ]
    services = [*others, _transactions(foundation, runner, signed, others)]
    for service in services:
        if service.actions:
            registry.add(service.descriptor, service.servicer, service.actions)
    return Services(services, runner.parser)


def _runner(foundation: Foundation, registry: Registry) -> tuple[Runner, Sheets]:
    settings = foundation.settings
    sheets = Sheets(foundation.ring, region=settings.region, owner_id=settings.owner_id)
    results = Results(foundation.idempotency, region=settings.region, owner_id=settings.owner_id)
    return Runner(ActionParser(registry), results, sheets), sheets


# Services without master data


def _auth(foundation: Foundation) -> Service:
    settings = foundation.settings
    servicer = AuthServicer(
        foundation.access,
        foundation.pager,
        owner_id=settings.owner_id,
        project_token_seconds=settings.project_token_seconds,
    )
    return Service(auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"], servicer)


def _events(foundation: Foundation) -> Service:
    ring = foundation.ring
    servicer = EventServicer(
        foundation.feed,
        ring.child(ring.oldest, "event/v1"),
        Codes(foundation.codecs).show,
        kept=foundation.events.kept,
        webhooks=foundation.webhooks.operating,
        pager=foundation.pager,
    )
    return Service(event_service_pb2.DESCRIPTOR.services_by_name["EventService"], servicer)


def _transactions(foundation: Foundation, runner: Runner, signed: SheetRunner, others: Sequence[Service]) -> Service:
    servicers = {service.descriptor: service.servicer for service in others}
    planner = Planner(runner.parser.registry)
    servicer = TransactionServicer(
        foundation.idempotency,
        servicers,
        runner,
        signed,
        reversals=Reversals(foundation.store, runner.results, signed.results, planner),
        outbox=foundation.handlers.outbox,
        pager=foundation.pager,
    )
    return Service(TRANSACTION_SERVICE, servicer, transaction_actions.ACTIONS)


# Documented services


def _shared(
    foundation: Foundation, service: str, master: MasterData, kinds: Callable[[Grns], Sequence[UserData]]
) -> SharedServices:
    """Create the generic components of a documented service; `kinds` returns its kinds of user data."""
    namespaces = Namespaces(foundation.store, service)
    grns = Grns(foundation.settings.region, foundation.settings.owner_id, service)
    uploads = foundation.uploads
    masters = Masters(master, namespaces=namespaces, grns=grns, uploads=uploads, checkout=foundation.checkout)
    user_data = UserDataJobs(
        kinds(grns),
        store=foundation.store,
        ring=foundation.ring,
        namespaces=namespaces,
        uploads=uploads,
        links=foundation.links,
        clock=foundation.clock,
        wake=foundation.chores_due.set,
    )
    return SharedServices(
        namespaces=namespaces, grns=grns, pager=foundation.pager, masters=masters, user_data=user_data
    )


def _serial_keys(foundation: Foundation, signed: SheetRunner) -> Service:
    store, clock, codecs = foundation.store, foundation.clock, foundation.codecs
    shared = _shared(
        foundation,
        serialkey_definition.SERVICE,
        serialkey_definition.MASTER_DATA,
        lambda grns: [UsedCodes(codecs, grns)],
    )
    attacks = Attacks(store, clock, foundation.telemetry, foundation.events, wake=foundation.chores_due.set)
    guesses = _guesses(foundation, attacks)
    servicer = SerialKeyServicer(
        store, codecs, shared, signed, links=foundation.links, guesses=guesses, imports=Imports(store, clock)
    )
    return Service(
        serialkey_service_pb2.DESCRIPTOR.services_by_name["SerialKeyService"],
        servicer,
        serialkey_actions.ACTIONS,
        chores=[
            *shared.user_data.chores,
            attacks.report,
            in_transaction(store, lambda tx: budget.forget(tx, now=clock.now_ms())),
            in_transaction(store, lambda tx: imports.remove_given_up(tx, now=clock.now_ms())),
            in_transaction(store, lambda tx: imports.write_states(tx, now=clock.now_ms())),
            in_transaction(store, imports.trim),
            in_transaction(store, tallies.fold),
            in_transaction(store, batch_curves.count_some),
            in_transaction(store, lambda tx: deleting.reopen_forgotten(tx, now=clock.now_ms())),
        ],
        downloads={**shared.user_data.downloads, download.PURPOSE: download.Downloads(store, codecs).open},
        tables=serialkey_definition.DEFINITION.tables,
    )


def _guesses(foundation: Foundation, attacks: Attacks) -> Guesses:
    settings = foundation.settings
    tarpit = Tarpit(settings.guess_delay_seconds, waiting_max=settings.calls_max // 10, draw=random.random)
    key = foundation.ring.child(foundation.ring.oldest, "guess/v1")
    return Guesses(foundation.store, foundation.clock, attacks, tarpit, asyncio.Semaphore(RESERVING_MAX), key=key)


def _limits(foundation: Foundation, signed: SheetRunner) -> Service:
    shared = _shared(foundation, limit_definition.SERVICE, limit_definition.MASTER_DATA, lambda _grns: [Counters()])
    return Service(
        limit_service_pb2.DESCRIPTOR.services_by_name["LimitService"],
        LimitServicer(shared, signed, foundation.scripts, foundation.after_scripts),
        limit_actions.ACTIONS,
        chores=shared.user_data.chores,
        downloads=shared.user_data.downloads,
        tables=limit_definition.DEFINITION.tables,
    )


def _exchanges(foundation: Foundation, runner: Runner, signed: SheetRunner) -> Service:
    kinds = exchange_definition.RateKinds.checking(runner.parser.templates.problems, runner.parser.has_quantity)
    awaits = Awaits(Box(foundation.ring, "await/v1"))
    shared = _shared(foundation, exchange_definition.SERVICE, kinds.master_data, lambda _grns: [PlayersAwaits(awaits)])
    return Service(
        exchange_service_pb2.DESCRIPTOR.services_by_name["ExchangeService"],
        ExchangeServicer(
            shared,
            kinds,
            awaits,
            runner,
            signed,
            scripts=foundation.scripts,
            after_scripts=foundation.after_scripts,
        ),
        exchange_actions.ACTIONS,
        chores=shared.user_data.chores,
        downloads=shared.user_data.downloads,
        tables=exchange_definition.DEFINITION.tables,
    )
