"""A database that is gone while no call uses it: a store that watches it finds out by itself."""

import asyncio
import signal

import pytest
from redeemd.store.base import Listener
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.postgres.times import Times
from store.conformance import install, names
from support.postgres import postgres as postgres_server
from support.store_faults import until
from support.way import Way

PING_SECONDS = 0.05
IMPATIENT = Times(host=0.5, pause_max=0.2)


@pytest.fixture
def own_postgres():
    """A server of the test's own, which it may stop."""
    with postgres_server() as server:
        yield server


async def watching(url, heard, times=IMPATIENT):
    """Open a store that watches its database."""
    store = await PostgresStore.open(url, times=times, listener=Listener(health=heard.append))
    await install(store)
    store.watch(seconds=PING_SECONDS)
    return store


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_a_stopped_database_is_noticed_without_a_call_and_so_is_its_return(own_postgres, how):
    """Whether or not it ends its sessions in order."""
    heard = []
    store = await watching(own_postgres.create("idle"), heard)
    try:
        await asyncio.to_thread(own_postgres.stop, how)
        await until(lambda: heard)
        await asyncio.to_thread(own_postgres.start)
        await until(lambda: heard[-1])
        assert heard == [False, True]
    finally:
        await store.close()


async def test_a_database_that_turns_read_only_is_noticed_without_a_call(own_postgres):
    """As operators do before a planned move."""
    heard = []
    store = await watching(own_postgres.create("idle"), heard)
    try:
        own_postgres.sql("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
        await until(lambda: heard)
        assert heard == [False]
    finally:
        await store.close()


@pytest.mark.parametrize("times", [IMPATIENT, Times(host=600.0)], ids=["impatient", "patient"])
async def test_a_machine_that_falls_silent_is_noticed_without_a_call(own_postgres, times):
    """No connection is cut: nothing responds any more. The time to accept a connection does not matter."""
    heard = []
    url = own_postgres.create("idle")
    async with Way.to(own_postgres.port) as way:
        store = await watching(url.replace(f":{own_postgres.port}/", f":{way.port}/"), heard, times)
        try:
            way.fall_silent()
            way.forget()
            await until(lambda: heard)
            assert heard == [False]
        finally:
            way.cut()
            await store.close()


async def test_connections_that_a_firewall_forgot_are_replaced_without_a_call(own_postgres):
    """The database is reachable: nothing is reported, and the next call finds a connection that works."""
    heard = []
    url = own_postgres.create("idle")
    async with Way.to(own_postgres.port) as way:
        store = await watching(url.replace(f":{own_postgres.port}/", f":{way.port}/"), heard)
        try:
            opened = way.opened
            way.forget()
            await until(lambda: way.opened > opened + 1)  # the probe, and a connection for the next ping
            assert await names(store) == []
            assert heard == []
        finally:
            way.cut()
            await store.close()
