"""A key belongs to the namespaces that its call is about: in two of them it is two keys, also to GetOutcome."""

import json

import pytest
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb
from redeem.transaction.v1 import requests_pb2 as pb
from support.keys import key_of
from support.outcomes import KEY, SERIAL_KEYS, ask
from support.service import refused
from support.sheets import make_sheets

NOT_FOUND, SUCCEEDED, FENCED = pb.OUTCOME_NOT_FOUND, pb.OUTCOME_SUCCEEDED, pb.OUTCOME_FENCED
HEADERS = (("idempotency-key", KEY),)
TRANSACTION_ID = "0" * 36


def transaction(exchanges, user_id="alice", **actions):
    """Make the request of a RunTransaction, by default one that counts up once."""
    members = {f"{kind}Actions": items for kind, items in (actions or {"consume": [exchanges.up()]}).items()}
    return pb.RunTransactionRequest(
        user_id=user_id, transaction=json.dumps(members).replace("#{userId}", user_id), duplication_avoider=KEY
    )


def condition(exchanges):
    """Make the request of an IfExpressionByUserId that counts up once."""
    actions = {
        "condition": exchanges.verify("lessEqual", 100, counter="if"),
        "true_actions": [exchanges.up()],
        "false_actions": [exchanges.up()],
    }
    return pb.IfExpressionByUserIdRequest(
        user_id="alice", **json.loads(json.dumps(actions).replace("#{userId}", "alice")), duplication_avoider=KEY
    )


REQUESTS = {"RunTransaction": transaction, "IfExpressionByUserId": condition}
either = pytest.mark.parametrize("rpc", REQUESTS)


async def run(exchanges, rpc, request=None, metadata=None):
    """Call as the administrator."""
    stub = getattr(exchanges.service.transactions, rpc)
    return await stub(request or REQUESTS[rpc](exchanges), metadata=metadata or exchanges.service.admin)


@either
async def test_one_key_in_two_namespaces_is_two_calls(here, elsewhere, rpc):
    """The same player, the same key: both happen, each once, and each is repeated with its own response."""
    answers = [await run(exchanges, rpc) for exchanges in (here, elsewhere)]
    assert answers[0].item.transaction_id != answers[1].item.transaction_id
    assert [await run(exchanges, rpc) for exchanges in (here, elsewhere)] == answers
    assert [await exchanges.count() for exchanges in (here, elsewhere)] == [1, 1]


async def test_a_transaction_in_both_namespaces_is_a_third_call(here, elsewhere):
    """In whatever order it names them; with other actions in the same namespaces the key is refused."""
    for request in (transaction(here), transaction(elsewhere)):
        await run(here, "RunTransaction", request)
    both = transaction(here, consume=[here.up(), elsewhere.up()])
    first = await run(here, "RunTransaction", both)
    assert await run(here, "RunTransaction", both) == first
    with refused("IDEMPOTENCY_KEY_REUSED"):
        await run(here, "RunTransaction", transaction(here, consume=[elsewhere.up(), here.up()]))
    assert [await here.count(), await elsewhere.count()] == [2, 2]


async def test_one_key_makes_two_namespaces(service):
    """CreateNamespace is of the namespace that it makes, and GetOutcome is called with that name."""
    names = ["scope-1", "scope-2"]
    answers = [await service.call("CreateNamespace", HEADERS, name=name) for name in names]
    assert [answer.item.name for answer in answers] == names
    assert [await service.call("CreateNamespace", HEADERS, name=name) for name in names] == answers
    asked = [await ask(service, "CreateNamespace", of=SERIAL_KEYS, namespace_name=name) for name in (*names, "scope-3")]
    assert [it.outcome for it in asked] == [SUCCEEDED, SUCCEEDED, NOT_FOUND]
    assert [it.answer.value for it in asked[:2]] == [it.SerializeToString() for it in answers]


SHEET_RPCS = ["RunVerifyTask", "RunStampTask", "RunStampSheet", "RunStampSheetExpress", "CountUpByStampTask"]


def part_of(signed, rpc):
    """Return the fields by which a method is given a sheet of one verify task, one task and an acquire action."""
    if "Sheet" in rpc:
        return {"stamp_sheet": signed.sheet, "key_id": signed.key_id}
    field = "verify_task" if rpc == "RunVerifyTask" else "stamp_task"
    task = signed.verify_tasks[0] if rpc == "RunVerifyTask" else signed.tasks[0]
    return {field: task, "key_id": signed.key_id}


async def sign(sheets):
    """Return a sheet of three parts."""
    exchanges = sheets.exchanges
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    return await sheets.sign(
        verify=[exchanges.verify("greater", 0, "got")], consume=[exchanges.up()], acquire=[exchanges.down()]
    )


@pytest.mark.parametrize("rpc", SHEET_RPCS)
async def test_one_key_runs_sheets_of_two_namespaces(service, rpc):
    """Each is run and repeated with its own response."""
    places = [await make_sheets(service) for _ in range(2)]
    signed = [await sign(sheets) for sheets in places]
    answers = []
    for sheets, it in zip(places, signed, strict=True):
        if rpc not in {"RunVerifyTask", "RunStampSheetExpress"}:
            await sheets.verify_task(it)
        if rpc == "RunStampSheet":
            await sheets.task(it)
        answers.append(await sheets.run(rpc, HEADERS, **part_of(it, rpc)))
    again = [await it.run(rpc, HEADERS, **part_of(of, rpc)) for it, of in zip(places, signed, strict=True)]
    assert again == answers


@pytest.mark.parametrize("rpc", SHEET_RPCS)
async def test_one_key_runs_sheets_of_two_players(service, rpc):
    """Each is run and repeated with its own response, and GetOutcome finds each."""
    sheets = await make_sheets(service)
    exchanges = sheets.exchanges
    for player in ("alice", "bob"):
        await exchanges.limits.up(counter="got", limit="ever", count_up_value=10, user_id=player)
    actions = {"verify": [exchanges.verify("greater", 0, "got")], "consume": [exchanges.up()]}
    signed = [await sheets.sign(**actions, acquire=[exchanges.down()], user_id=player) for player in ("alice", "bob")]
    answers = []
    for it in signed:
        if rpc not in {"RunVerifyTask", "RunStampSheetExpress"}:
            await sheets.verify_task(it)
        if rpc == "RunStampSheet":
            await sheets.task(it)
        answers.append(await sheets.run(rpc, HEADERS, **part_of(it, rpc)))
    assert [await sheets.run(rpc, HEADERS, **part_of(it, rpc)) for it in signed] == answers
    if rpc.startswith("Run"):
        for it, answer in zip(signed, answers, strict=True):
            found = await ask(service, rpc, request=getattr(pb, f"{rpc}Request")(**part_of(it, rpc)))
            assert (found.outcome, found.answer.value) == (SUCCEEDED, answer.SerializeToString())


async def test_a_finished_part_gets_its_response_after_the_sheet_expired(own_service):
    """A sheet is good for 12 hours, a response is kept for 24."""
    sheets = await make_sheets(own_service)
    signed = await sign(sheets)
    answer = await sheets.verify_task(signed, headers=HEADERS)
    own_service.clock.advance(seconds=13 * 60 * 60)
    assert await sheets.verify_task(signed, headers=HEADERS) == answer
    with refused("SHEET_EXPIRED"):
        await sheets.verify_task(signed)


@either
@pytest.mark.parametrize("fence", [False, True])
async def test_the_outcome_is_of_the_call_in_its_namespace(here, elsewhere, rpc, fence):
    """A success in another namespace under the same key is not the outcome of a call that did not run here."""
    await run(elsewhere, rpc)
    asked = {"user_id": "alice", "request": REQUESTS[rpc](here)}
    assert (await ask(here.service, rpc, **asked, fence=fence)).outcome == (FENCED if fence else NOT_FOUND)
    answer = await ask(here.service, rpc, user_id="alice", request=REQUESTS[rpc](elsewhere))
    assert answer.outcome == SUCCEEDED
    if fence:
        with refused("CALL_FENCED"):
            await run(here, rpc)
    else:
        await run(here, rpc)
    assert await elsewhere.count() == 1


async def test_the_outcome_of_a_sheet_is_found_by_its_request(service):
    """In the namespace where it was signed; a part that was refused did not run, whatever its response says."""
    sheets = await make_sheets(service)
    exchanges = sheets.exchanges
    signed = await sheets.sign(consume=[exchanges.up()], acquire=[exchanges.down("nothing")])
    task = pb.RunStampTaskRequest(**part_of(signed, "RunStampTask"))
    last = pb.RunStampSheetRequest(**part_of(signed, "RunStampSheet"))
    assert (await ask(service, "RunStampTask", request=task)).outcome == NOT_FOUND
    await sheets.task(signed, headers=HEADERS)
    assert (await ask(service, "RunStampTask", request=task)).outcome == SUCCEEDED
    assert (await sheets.sheet(signed, headers=HEADERS)).status_code != 200
    assert (await ask(service, "RunStampSheet", request=last)).outcome == NOT_FOUND
    part = f"{signed.transaction_id}/0"
    assert (await ask(service, "RunStampTask", request=task, key=part)).outcome == NOT_FOUND
    other = await key_of(service, "server", namespace_names=["elsewhere"])
    with refused("NAMESPACE_NOT_ALLOWED"):
        await ask(service, "RunStampTask", request=task, metadata=other)


@pytest.mark.parametrize("rpc", ["UseByUserId", "Use"])
async def test_a_call_whose_key_another_one_had_did_not_happen(world, rpc):
    """With the request, GetOutcome refuses as the call would; with the key alone it returns the outcome of its call."""
    used, unused = await world.codes(2)
    await world.call("UseByUserId", user_id="alice", code=used, duplication_avoider=KEY)
    fields = {"of": SERIAL_KEYS, "namespace_name": world.name, "user_id": "alice"}

    def request(code):
        kind = getattr(serialkey_pb, f"{rpc}Request")
        user = {"user_id": "alice"} if rpc == "UseByUserId" else {}
        return kind(namespace_name=world.name, code=code, **user)

    assert (await ask(world.service, rpc, **fields, request=request(used))).outcome == SUCCEEDED
    for fence in (False, True):
        with refused("IDEMPOTENCY_KEY_REUSED"):
            await ask(world.service, rpc, **fields, request=request(unused), fence=fence)
    assert (await ask(world.service, rpc, **fields)).outcome == SUCCEEDED
    assert (await world.call("GetSerialKey", code=unused)).item.status == 1


async def test_an_outcome_is_shown_to_callers_allowed_to_make_the_call(here):
    """Not to a server that may not issue the code in it, nor to a key of another namespace; nor is the key fenced."""
    service, request = here.service, transaction(here, acquire=[here.issue()])
    await run(here, "RunTransaction", request)
    strangers = {
        "ROLE_NOT_ALLOWED": await key_of(service, "server"),
        "NAMESPACE_NOT_ALLOWED": await key_of(service, "admin", namespace_names=["elsewhere"]),
    }
    for reason, metadata in strangers.items():
        for fence in (False, True):
            with refused(reason):
                await ask(service, "RunTransaction", user_id="alice", request=request, metadata=metadata, fence=fence)
    limited = await key_of(service, "admin", namespace_names=[here.world.name])
    answer = await ask(service, "RunTransaction", user_id="alice", request=request, metadata=limited)
    assert answer.outcome == SUCCEEDED


async def test_what_was_only_tried_is_not_found(here):
    """A dry run and a preflight leave no outcome; the id of a transaction is no idempotency key."""
    dry = [*here.service.admin, ("x-dry-run", "true")]
    await run(here, "RunTransaction", metadata=dry)
    await here.run("Preflight", consume=[here.up()])
    await here.run(transaction_id=TRANSACTION_ID, consume=[here.up()])
    request = transaction(here)
    for key in (KEY, TRANSACTION_ID):
        assert (
            await ask(here.service, "RunTransaction", user_id="alice", request=request, key=key)
        ).outcome == NOT_FOUND


async def test_a_key_is_of_its_player(here):
    """The same transaction for another player is another call."""
    await run(here, "RunTransaction")
    request = transaction(here, user_id="bob")
    assert (await ask(here.service, "RunTransaction", user_id="bob", request=request)).outcome == NOT_FOUND
