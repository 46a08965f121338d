"""The standard idempotency_level of every method: what it says holds, by the rule in options.proto."""

from google.protobuf import descriptor_pb2
from redeem.options.v1 import options_pb2
from redeem.transaction.v1 import action_handler_pb2
from redeemd.store.sql import query
from support.contract import FILES, METHODS, REPOSITORY, every_method, policy_of
from support.exchanges import outcome
from support.lane import ON_POSTGRES
from support.writes import prepared

LEVELS = descriptor_pb2.MethodOptions
# Of the methods that write: a repeat has an effect of its own.
AGAIN = {
    "CountUp": "counts once more",
    "CountUpByUserId": "counts once more",
    "BatchCountUp": "counts once more",
    "CountDownByUserId": "counts once more",
    "Issue": "issues other codes",
    "IssueOnce": "issues another code",
    "IssueBatch": "issues other codes",
    "IssueForUsers": "issues other codes",
    "ImportSerialKeys": "makes another batch",
    "Use": "redeems a campaign code once more",
    "UseByUserId": "redeems a campaign code once more",
    "BatchUse": "redeems campaign codes once more",
    "UseStream": "redeems campaign codes once more",
    "RevertUseByUserId": "reverts a campaign code once more",
    "Exchange": "exchanges once more",
    "ExchangeByUserId": "exchanges once more",
    "IncrementalExchange": "exchanges once more",
    "IncrementalExchangeByUserId": "exchanges once more",
    "CreateAwaitByUserId": "makes another await",
    "SkipByUserId": "skips as much once more",
    "RunTransaction": "runs it once more",
    "IfExpressionByUserId": "runs it once more",
    "CreateKey": "makes another key",
    "ReplayWebhook": "replays once more",
    "DumpUserDataByUserId": "dumps what there is then",
    "PrepareImportUserDataByUserId": "prepares another upload",
    "PreUpdateCurrentCampaignMaster": "prepares another upload",
    "PreUpdateCurrentRateMaster": "prepares another upload",
    "PreUpdateCurrentLimitMaster": "prepares another upload",
    "UpdateCurrentCampaignMasterFromGitHub": "fetches what a branch has then",
    "UpdateCurrentRateMasterFromGitHub": "fetches what a branch has then",
    "UpdateCurrentLimitMasterFromGitHub": "fetches what a branch has then",
}
# What a repeat may change of what is stored: how often, when, until when, and under which id a job is done.
_BOOKKEEPING = {"revision", "updated_at", "reset_until", "job_id"}
_TOLD = {"event"}  # a switch that is set once more is told once more
_COUNTED = {"event": f" WHERE kind <> {options_pb2.EVENT_KIND_ADMINISTERED}"}  # an audit lists every call


def _level(method):
    return method.GetOptions().idempotency_level


@every_method
def test_the_level_is_that_of_the_rule(method):
    """By the policy, and by what a repeat would do."""
    if not policy_of(method).writes:
        assert _level(method) == LEVELS.NO_SIDE_EFFECTS
    else:
        assert _level(method) == (LEVELS.IDEMPOTENCY_UNKNOWN if method.name in AGAIN else LEVELS.IDEMPOTENT)


def test_every_exception_is_a_method_that_writes():
    """There is none for what is not there."""
    assert {method.name for method in METHODS if policy_of(method).writes} >= AGAIN.keys()


def test_what_handlers_serve_is_idempotent():
    """Every call has a key."""
    [service] = action_handler_pb2.DESCRIPTOR.services_by_name.values()
    assert {_level(method) for method in service.methods} == {LEVELS.IDEMPOTENT}


async def _stored(service):
    """Return what is stored, by table, but for bookkeeping."""
    columns = (
        'SELECT c.relname AS "table", a.attname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid'
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
        if ON_POSTGRES
        else 'SELECT m.name AS "table", c.name AS name FROM sqlite_master m, pragma_table_info(m.name) c'
        " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY c.cid"
    )

    async def body(tx):
        tables = {}
        for row in await tx.all(query("columns", columns)):
            tables.setdefault(row["table"], []).append(row["name"])
        found = {}
        for table, names in tables.items():
            kept = ", ".join(name for name in names if name not in _BOOKKEEPING)
            rows = await tx.all(query("rows", f"SELECT {kept} FROM {table}{_COUNTED.get(table, '')}"))
            found[table] = sorted(repr(tuple(row)) for row in rows)
        return found

    return await service.store.run(body, write=False)


async def test_a_repeat_of_an_idempotent_call_changes_nothing(tmp_path):
    """Each is made as it changes something, and once more: what is stored afterwards is the same."""
    idempotent = {method.name for method in METHODS if _level(method) == LEVELS.IDEMPOTENT}
    tried, changed = set(), {}
    async with prepared(tmp_path) as (service, writes):
        for write in writes:
            await write.make(service)
            if write.rpc not in idempotent:
                continue
            tried.add(write.rpc)
            before = await _stored(service)
            await outcome(write.make(service))
            after = await _stored(service)
            tables = before.keys() - (_TOLD if write.rpc.startswith("Set") else set())
            if differing := {table for table in tables if before[table] != after[table]}:
                changed[write.rpc] = differing
    assert changed == {}
    assert tried | {"Preflight"} == idempotent


def test_the_descriptor_set_has_the_types_of_error_details():
    """Envoy's transcoder renders a status by the descriptors that it was given, or not at all."""
    data = (REPOSITORY / "generated" / "descriptors" / "redeem.binpb").read_bytes()
    files = descriptor_pb2.FileDescriptorSet.FromString(data).file
    messages = {f"{file.package}.{message.name}" for file in files for message in file.message_type}
    details = {"ErrorInfo", "BadRequest", "RetryInfo"}
    assert {f"google.rpc.{name}" for name in {"Status", *details}} <= messages
    assert {"google.protobuf.Any", "google.protobuf.Duration"} <= messages
    assert {file.name for file in files} >= {f"{name}" for name in FILES if name.startswith("redeem/")}
