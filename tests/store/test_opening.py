"""The messages about stores that cannot be opened."""

import pytest
from redeemd.store import migrate
from redeemd.store.base import Unavailable
from redeemd.store.postgres.opening import by_host
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.postgres.times import Times
from support import postgres as pg

IMPATIENT = Times(host=0.5, free=1.0, response=1.0, pause_max=0.2)


async def refusal_of(url):
    """Return the line with which opening a database is refused."""
    with pytest.raises(Unavailable) as caught:
        await PostgresStore.open(url, times=IMPATIENT)
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_a_standby_is_refused_in_a_line(pair):
    """Which says what it is."""
    assert "is a standby" in await refusal_of(pair.standby.url())


async def test_hosts_of_which_none_can_be_written_to_are_refused_in_a_line(pair):
    """As when nobody was promoted yet."""
    url = f"postgresql://redeemd@127.0.0.1:{pair.standby.port},127.0.0.1:{pair.standby.port}/postgres"
    line = await refusal_of(f"{url}?target_session_attrs=read-write")
    assert "target_session_attrs" in line
    assert "<" not in line


async def test_another_encoding_is_refused_in_a_line(postgres):
    """Names of players could not be kept."""
    postgres.sql("CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        assert "LATIN1" in await refusal_of(postgres.url("latin"))
    finally:
        postgres.drop("latin")


@pytest.mark.parametrize(
    ("parameter", "says"),
    [
        ("connect_timeout=3", "connect_timeout"),
        ("keepalives_idle=10", "keepalives_idle"),
        ("search_path=nowhere", "search_path"),
        ("target_session_attrs=nonsense", "target_session_attrs"),
        ("default_transaction_read_only=on", "read-only"),
    ],
)
async def test_a_parameter_of_the_url_that_does_not_do_is_refused_in_a_line(postgres_url, parameter, says):
    """Which names it, and quotes nothing of Python's."""
    line = await refusal_of(f"{postgres_url}?{parameter}")
    assert says in line
    assert "<" not in line


async def test_a_role_without_a_right_is_refused_in_a_line_and_one_with_all_needs_no_more(postgres, postgres_url):
    """It may read and write rows, and make nothing."""
    await pg.migrated(postgres_url)
    name = pg.database_of(postgres_url)
    role = "reader_of_rows"
    postgres.sql(f"CREATE ROLE {role} LOGIN", database=name)
    postgres.sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}", database=name)
    store = await PostgresStore.open(postgres_url.replace("redeemd@", f"{role}@"), times=IMPATIENT)
    try:
        await migrate.check(store)
        await store.require_rights(migrate.tables())
        postgres.sql(f"REVOKE DELETE ON serial_key FROM {role}", database=name)
        with pytest.raises(Unavailable, match=r"DELETE.*serial_key"):
            await store.require_rights(migrate.tables())
        with pytest.raises(Unavailable, match="permission denied"):
            await migrate.apply(store, now=1)
    finally:
        await store.close()
        postgres.sql(f"DROP OWNED BY {role}", f"DROP ROLE {role}", database=name)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://u:p@a,b:2/n?x=1", ["postgresql://u:p@a/n?x=1", "postgresql://u:p@b:2/n?x=1"]),
        ("postgresql://u@[::1]:5,c/n", ["postgresql://u@[::1]:5/n", "postgresql://u@c/n"]),
        ("postgresql://a/n", ["postgresql://a/n"]),
        ("postgresql:///n", ["postgresql:///n"]),
        ("postgresql:///n?host=a,b&port=1,2", ["postgresql:///n?host=a&port=1", "postgresql:///n?host=b&port=2"]),
        ("postgresql:///n?host=a,b&port=1", ["postgresql:///n?host=a&port=1", "postgresql:///n?host=b&port=1"]),
        ("postgresql:///n?host=a,b", ["postgresql:///n?host=a", "postgresql:///n?host=b"]),
    ],
)
def test_a_url_is_taken_apart_by_its_hosts(url, hosts):
    """Each with all else that it says."""
    assert [one.replace("postgresql:/n", "postgresql:///n") for one in by_host(url)] == hosts
