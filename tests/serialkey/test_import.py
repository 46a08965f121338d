"""Imported codes: from then on they are serial keys, but matched exactly."""

import asyncio

import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from support.imports import CONFLICT, counts, jobs, listed, problems, written
from support.service import read_refusal, refused

ODD = [
    "\u30b5\u30de\u30fc\u30ad\u30e3\u30f3\u30da\u30fc\u30f3",
    "\U0001f381" * 48,
    "x" * 48,
    "a b",
    'say "yes", please',
    "=SUM(A1:A9)",
    "\u05d0\u202eb",
    "e\u0301",
    "\u00e9",
    "1",
    "AAAAA-AAAA-AAAAA-AAAA-AAAA",  # the shape of a serial key, but none
]


async def test_of_200_players_who_use_one_imported_code_at_once_one_succeeds(world):
    """Exactly one call succeeds, and the key belongs to its player; the others get CODE_STATUS_INVALID."""
    await world.bring(["SUMMER-2026"])
    answers = await asyncio.gather(
        *(world.as_player("Use", f"player-{n}", code="SUMMER-2026") for n in range(200)), return_exceptions=True
    )
    winners = [answer for answer in answers if not isinstance(answer, Exception)]
    refusals = [read_refusal(answer) for answer in answers if isinstance(answer, Exception)]
    assert len(winners) == 1
    assert [refusal.metadata["code"] for refusal in refusals] == ["code.status.invalid"] * 199
    assert (await world.call("GetSerialKey", code="SUMMER-2026")).item == winners[0].item


async def test_an_imported_code_is_verified_used_and_reverted_as_any(world):
    """Verify, use, verify, revert, use by another: states, owners and revisions as of an issued code."""
    report = await world.bring(["SUMMER-1", "SUMMER-2"], metadata="gift")
    (issued,) = await world.codes(metadata="gift")
    for code in ("SUMMER-2", issued):
        verified = await world.as_player("VerifyCode", "alice", code=code, verify_type=1)
        assert (verified.item.status, verified.item.revision, verified.item.metadata) == (1, 1, "gift")
        used = await world.as_player("Use", "alice", code=code)
        assert (used.item.code, used.item.status, used.item.revision) == (code, 2, 2)
        assert used.campaign_model.name == "spring"
        await world.as_player("VerifyCode", "bob", code=code, verify_type=2)
        with refused("CODE_STATUS_INVALID"):
            await world.call("RevertUseByUserId", user_id="bob", code=code)
        reverted = await world.call("RevertUseByUserId", user_id="alice", code=code)
        assert (reverted.item.status, reverted.item.used_user_id, reverted.item.revision) == (1, "", 3)
        assert (await world.as_player("Use", "bob", code=code)).item.revision == 4
    assert [key.status for key in await world.keys(report.item)] == [1, 2]


async def test_get_serial_key_returns_the_batch_of_an_imported_code(world):
    """issue_job is the batch, marked as imported, with its metadata; one that was issued is not so marked."""
    report = await world.bring(["SUMMER-1"], metadata="gift")
    answer = await world.call("GetSerialKey", code="SUMMER-1")
    assert answer.issue_job == report.item
    assert (report.item.imported, report.item.issued_count, report.item.metadata) == (True, 1, "gift")
    assert answer.item.serial_key_id == f"grn:gs2:local:redeemd:serialKey:{world.name}:serialKey:SUMMER-1"
    (code,) = await world.codes()
    assert not (await world.call("GetSerialKey", code=code)).issue_job.imported


async def test_batches_are_listed_in_the_order_they_came_whether_issued_or_imported(world):
    """Both kinds share the sequences of the campaign."""
    first = await world.issue(3)
    second = (await world.bring(["a", "b"])).item
    third = await world.issue(2)
    assert await jobs(world) == [first, second, third]
    answer = await world.call("GetIssueJob", campaign_model_name="spring", issue_job_name=second.name)
    assert answer.item == second


async def test_imported_codes_are_listed_in_the_order_they_came(world):
    """2,500 codes in pieces of 700: pages and the file list them in the order of the import."""
    codes = [f"SUMMER-{n * 7919 % 2500:04}" for n in range(2500)]
    job = (await world.bring(codes, piece=700)).item
    assert await listed(world, job) == codes
    answer = await world.call("DownloadSerialCodes", campaign_model_name="spring", issue_job_name=job.name)
    assert (await world.service.http("GET", answer.url)).text.splitlines() == ["code", *codes]


@pytest.mark.parametrize(
    "typed",  # and the code is Summer-Sale-2026
    [
        "summer-Sale-2026",
        "SUMMER-SALE-2026",
        "Summer-Sale2026",
        "SummerSale2026",
        "Summer-Sale-2026 ",
        "Summer_Sale-2026",
    ],
)
async def test_an_exact_code_is_matched_exactly(world, typed):
    """Case, hyphens and spaces matter: anything but the very text is no code."""
    await world.bring(["Summer-Sale-2026"], match=pb.IMPORT_MATCH_EXACT)
    with refused("CODE_NOT_FOUND") as refusal:
        await world.as_player("Use", "alice", code=typed)
    assert refusal.metadata["code"] == "code.code.notFound"
    with refused("SERIAL_KEY_NOT_FOUND"):
        await world.call("GetSerialKey", code=typed)
    assert (await world.as_player("Use", "alice", code="Summer-Sale-2026")).item.status == 2


async def test_any_text_may_be_a_code(world):
    """48 characters of any plane, look-alikes, quotes and commas: used, listed and downloaded as they came."""
    job = (await world.bring(ODD, match=pb.IMPORT_MATCH_EXACT)).item
    assert await listed(world, job) == ODD
    for code in ODD:
        assert (await world.as_player("Use", "alice", code=code)).item.code == code
    answer = await world.call("DownloadSerialCodes", campaign_model_name="spring", issue_job_name=job.name)
    file = await world.service.http("GET", answer.url)
    assert int(file.headers["Content-Length"]) == len(file.body)
    assert file.body.count(b"\n") == len(ODD) + 1


async def test_an_exact_code_that_differs_only_in_case_or_accents_is_another_code(world):
    """Nothing is folded: four spellings, four codes, each used once."""
    codes = ["caf\u00e9", "cafe\u0301", "CAF\u00c9", "cafe"]
    await world.bring(codes, match=pb.IMPORT_MATCH_EXACT)
    users = [(await world.as_player("Use", f"player-{n}", code=code)).item for n, code in enumerate(codes)]
    assert [item.used_user_id for item in users] == [f"player-{n}" for n in range(4)]


async def test_an_imported_code_comes_before_a_campaign_code(world):
    """A campaign that later gets the name of an imported code does not make it a code without end."""
    await world.bring(["winter"])
    await world.put_in_force("spring", "winter", campaign_codes=("winter",))
    assert (await world.as_player("Use", "alice", code="winter")).item.campaign_model_name == "spring"
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "alice", code="winter")


async def test_the_same_text_in_two_namespaces_is_two_codes(world):
    """No conflict, and each is used on its own."""
    other = await world.service.world()
    for each in (world, other):
        assert counts(await each.bring(["SUMMER"])) == {}
    await world.as_player("Use", "alice", code="SUMMER")
    assert (await other.as_player("Use", "bob", code="SUMMER")).item.used_user_id == "bob"


async def test_the_same_text_in_two_campaigns_of_a_namespace_is_a_conflict(world):
    """Players type a code without saying of which campaign it is."""
    await world.put_in_force("spring", "summer")
    await world.bring(["SUMMER-SALE"])
    report = await world.bring(["SUMMER-SALE"], "summer")
    assert problems(report) == [(0, CONFLICT)]
    assert (await world.call("GetSerialKey", code="SUMMER-SALE")).item.campaign_model_name == "spring"


async def test_switching_a_batch_or_a_code_off_holds_for_imported_ones(world):
    """INACTIVE as an issued one; switched on again, usable again."""
    job = (await world.bring(["a", "b"])).item
    await world.call("SetSerialKeyStatus", code="a", availability=2, reason="leaked")
    with refused("CODE_STATUS_INVALID") as refusal:
        await world.as_player("Use", "alice", code="a")
    assert refusal.metadata["cause"] == "inactive"
    switch = {"campaign_model_name": "spring", "issue_job_name": job.name}
    await world.call("SetIssueJobStatus", availability=2, **switch)
    assert [key.status for key in await world.keys(job)] == [3, 3]
    await world.call("SetIssueJobStatus", availability=1, **switch)
    assert (await world.as_player("Use", "alice", code="b")).item.status == 2
    assert [key.status for key in await world.keys(job)] == [3, 2]


async def test_messages_of_the_greatest_size_are_taken_whole(world):
    """30,000 codes in three messages of 10,000, each more than a step: all arrive, none twice."""
    codes = [f"{n:06x}" for n in range(30_000)]
    report = await world.bring(codes, piece=10_000)
    assert (report.received_count, report.imported_count, report.item.issued_count) == (30_000,) * 3
    assert await written(world) == 30_000
    for code in (codes[0], codes[998], codes[999], codes[10_000], codes[-1]):
        assert (await world.as_player("Use", "alice", code=code)).item.code == code


async def test_a_page_ends_at_3_mib_whatever_was_said_about_its_keys(world):
    """300 long codes, each switched off for a long reason, with long metadata: shorter pages, together the batch."""
    emoji = "\U0001f381"
    codes = [f"{n:03}" + emoji * 45 for n in range(300)]
    job = (await world.bring(codes, metadata=emoji * 2048)).item
    for code in codes:
        await world.call("SetSerialKeyStatus", code=code, availability=2, reason=emoji * 1024)
    page = await world.call("DescribeSerialKeys", campaign_model_name="spring", issue_job_name=job.name, limit=1000)
    assert 1 <= len(page.items) < 300
    assert page.ByteSize() <= 3 * 1024 * 1024 + 4096
    assert await listed(world, job) == codes
