"""The command `revert`."""

import pytest
from support.exchanges import make_exchanges

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")
COUNT_DOWN = "Gs2Limit:CountDownByUserId"


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service)


async def test_a_transaction_is_reverted_after_a_look_at_what_will_be_done(cli, exchanges):
    """Not by a dry run, and without a terminal not without --yes; a second time is refused with who did it."""
    transaction_id = (await exchanges.run(consume=[exchanges.up()])).item.transaction_id
    which = ("revert", transaction_id, "alice")
    assert COUNT_DOWN in await cli(*which, "--dry-run")
    assert "add --yes" in await cli(*which, code=1)
    assert await exchanges.count() == 1
    said = await cli(*which, "--yes")
    assert COUNT_DOWN in said
    assert await exchanges.count() == 0
    reverted_by = said.strip().rpartition(" ")[2]
    assert f"by transaction {reverted_by}" in await cli(*which, "--yes", code=1)


async def test_what_cannot_be_reverted_is_named(cli, exchanges):
    """With its path."""
    transaction_id = (await exchanges.run(acquire=[exchanges.issue()])).item.transaction_id
    said = await cli("revert", transaction_id, "alice", "--yes", code=1)
    assert "acquireActions[0] Gs2SerialKey:IssueOnce" in said
