"""Every backend keeps what Store promises."""

import pytest
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sqlite.store import SqliteStore
from store import conformance, conformance_statements  # noqa: F401 -- adds cases
from support.patience import PATIENT
from support.postgres import database_of

# What a backend cannot do, by the name of the case, and why.
EXCEPTIONS: dict[str, dict[str, str]] = {
    "sqlite": {},
    "postgres": {},
    "pgbouncer": {},
}


async def _sqlite(request):
    return await SqliteStore.open(request.getfixturevalue("tmp_path") / "conformance.db", readers=2)


async def _postgres(request):
    return await PostgresStore.open(request.getfixturevalue("postgres_url"), times=PATIENT)


async def _pgbouncer(request):
    database = database_of(request.getfixturevalue("postgres_url"))
    return await PostgresStore.open(request.getfixturevalue("pooler").url(database), prepared=False, times=PATIENT)


OPEN = {"sqlite": _sqlite, "postgres": _postgres, "pgbouncer": _pgbouncer}


@pytest.fixture(params=OPEN)
async def backend(request):
    """The name of a backend, and a fresh store of it with the tables of the suite."""
    store = await OPEN[request.param](request)
    try:
        await conformance.install(store)
        yield request.param, store
    finally:
        await store.close()


@pytest.mark.parametrize("name", conformance.CASES)
async def test_the_store_keeps_its_promise(backend, name):
    """The case of this name holds, or is excluded with a reason."""
    backend_name, store = backend
    if reason := EXCEPTIONS[backend_name].get(name):
        pytest.skip(reason)
    await conformance.CASES[name](store)


@pytest.mark.parametrize("name", OPEN)
def test_exceptions_name_cases_that_exist(name):
    """An exception for a case that was renamed or removed would hide nothing, and is a mistake."""
    assert EXCEPTIONS[name].keys() <= conformance.CASES.keys()
