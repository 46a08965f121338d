"""Downloads under signed URLs: the CSV of a batch, whole and in ranges."""

import csv
import io
import random
import urllib.parse

import aiohttp
import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.base.cells import csv_lines
from redeemd.serialkey.codec.codes import mask
from support.http import replica
from support.service import bearer, refused, running

COUNT = 12_345  # codes: pages are of 5,000
LINE = 27
BORDER = 5 + 5000 * LINE  # where the second page begins
SIZE = 5 + COUNT * LINE
# Quoted in CSV or longer in bytes than in characters, and more than a page of them.
IMPORTED = [
    f'{word}-"{n}",{word}' if n % 3 else f"{word}{n}" for n in range(2100) for word in ("plain", "ñandú", "🎁鍵")
]


async def link(world, job, campaign="spring"):
    """Return the URL of a batch."""
    return (await world.call("DownloadSerialCodes", campaign_model_name=campaign, issue_job_name=job.name)).url


def csv_of(codes):
    """Render codes as the file should be."""
    return f"code\n{csv_lines([*codes])}".encode()


@pytest.fixture(scope="module")
async def batch(service):
    """A world and a batch of three pages in it, which nobody changes."""
    world = await service.world()
    return world, await world.issue(COUNT)


@pytest.fixture(scope="module")
async def whole(service, batch):
    """Return the whole content of the batch's file."""
    return (await service.http("GET", await link(*batch))).body


@pytest.fixture(scope="module")
async def imported(service):
    """A world and an imported batch in it."""
    world = await service.world()
    return world, (await world.bring(IMPORTED)).item


async def test_the_file_of_an_issued_batch_is_its_codes(service, batch):
    """A header, one listed code a line, LF, no byte more; not to be stored, and named after the batch."""
    world, job = batch
    answer = await service.http("GET", await link(world, job))
    assert answer.status == 200
    assert answer.body == csv_of(item.code for item in await world.keys(job))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "no-store"
    assert f'filename="{job.name}.csv"' in answer.headers["Content-Disposition"]


async def test_head_returns_the_headers_of_get(service, batch):
    """The same status and headers, without the body."""
    url = await link(*batch)
    get, head = await service.http("GET", url), await service.http("HEAD", url)
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "Date": ""} == {**get.headers, "Date": ""}


async def test_the_file_of_an_imported_batch_is_its_codes(service, imported):
    """Quotes and commas are quoted, other alphabets are UTF-8; a CSV reader reads what was imported."""
    answer = await service.http("GET", await link(*imported))
    assert answer.body == csv_of(IMPORTED)
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert list(csv.reader(io.StringIO(answer.text))) == [["code"], *([code] for code in IMPORTED)]


RANGES = {
    "the first byte": ("0-0", 0, 1),
    "a piece of the header": ("1-3", 1, 4),
    "the first line": (f"5-{4 + LINE}", 5, 5 + LINE),
    "out of the header": ("3-40", 3, 41),
    "one byte": ("100-100", 100, 101),
    "the last byte": (f"{SIZE - 1}-", SIZE - 1, SIZE),
    "from somewhere on": ("1000-", 1000, SIZE),
    "from a border on": (f"{BORDER}-", BORDER, SIZE),
    "over a border": (f"{BORDER - 1}-{BORDER}", BORDER - 1, BORDER + 1),
    "before a border": (f"{BORDER - 40}-{BORDER - 1}", BORDER - 40, BORDER),
    "over two borders": (f"{BORDER - 10}-{SIZE - 10}", BORDER - 10, SIZE - 9),
    "the end": ("-28", SIZE - 28, SIZE),
    "an end over a border": (f"-{SIZE - BORDER + 1}", BORDER - 1, SIZE),
    "beyond the end": (f"10-{SIZE + 1000}", 10, SIZE),
    "far beyond the end": ("10-999999999999999999", 10, SIZE),
}


@pytest.mark.parametrize(("text", "first", "end"), RANGES.values(), ids=RANGES)
async def test_a_range_is_that_slice_of_the_file(service, batch, whole, *, text, first, end):
    """First and last, open, from the end, cut at the end: 206, and Content-Range says which bytes."""
    answer = await service.http("GET", await link(*batch), headers={"Range": f"bytes={text}"})
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(end - first)
    assert answer.body == whole[first:end]


async def test_any_range_of_an_issued_batch_is_that_slice(service, batch, whole):
    """A hundred ranges, drawn with a seed."""
    await check_ranges(service, await link(*batch), whole, tries=100)


async def test_any_range_of_an_imported_batch_is_that_slice(service, imported):
    """Also where lines have different lengths, and in the middle of a character."""
    await check_ranges(service, await link(*imported), csv_of(IMPORTED), tries=60)


async def check_ranges(service, url, whole, *, tries):
    """Compare random ranges with slices of the whole."""
    draw = random.Random(tries)
    for _ in range(tries):
        first = draw.randrange(len(whole))
        last = draw.randrange(first, min(first + draw.choice([1, 100, len(whole)]), len(whole)))
        answer = await service.http("GET", url, headers={"Range": f"bytes={first}-{last}"})
        assert (answer.status, first, last) == (206 if last - first + 1 < len(whole) else 200, first, last)
        assert answer.body == whole[first : last + 1], (first, last)


@pytest.mark.parametrize("text", [f"{SIZE}-", f"{SIZE}-{SIZE + 5}", "-0", "999999999999999999-"])
async def test_a_range_behind_the_end_is_refused(service, batch, text):
    """416, and Content-Range says how long the file is."""
    answer = await service.http("GET", await link(*batch), headers={"Range": f"bytes={text}"})
    assert answer.status == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize(
    "text",
    ["bytes=", "bytes=-", "bytes=5-3", "bytes=a-b", "bytes=0-1,3-4", "bytes=0-1, -5", "bytes 0-1", "lines=0-1", "0-1",
     "bytes=--1", "bytes=0-1-2", "bytes= 0-1", "bytes=0x1-0x2", "bytes=1.5-2", "bytes=" + "9" * 40 + "-",
     "bytes=0-", f"bytes=-{SIZE + 1}"],
)  # fmt: skip
async def test_a_range_that_is_none_is_passed_over(service, batch, whole, text):
    """Malformed ones, several at once, other units, and the one that is everything: 200 with the whole file."""
    answer = await service.http("GET", await link(*batch), headers={"Range": text})
    assert (answer.status, answer.body == whole) == (200, True)
    assert "Content-Range" not in answer.headers


async def test_if_range_decides_by_the_etag(service, batch, whole):
    """The file's own ETag: the range; another, a weak one or a date: the whole file."""
    url = await link(*batch)
    etag = (await service.http("HEAD", url)).headers["ETag"]
    answer = await service.http("GET", url, headers={"Range": "bytes=5-9", "If-Range": etag})
    assert (answer.status, answer.body) == (206, whole[5:10])
    for other in ('"another"', f"W/{etag}", "Wed, 21 Oct 2026 07:28:00 GMT", ""):
        answer = await service.http("GET", url, headers={"Range": "bytes=5-9", "If-Range": other})
        assert (answer.status, answer.body == whole) == (200, True)


async def test_another_batch_and_a_masked_file_have_another_etag(service, batch):
    """So that a resumed download never joins two files."""
    world, job = batch
    role_key = await role_of(service, options_pb2.ROLE_READ)
    urls = [await link(world, job), await link(world, await world.issue(1)), await url_for(world, job, role_key)]
    assert len({(await service.http("HEAD", url)).headers["ETag"] for url in urls}) == 3


async def test_a_download_that_broke_off_is_resumed(service, batch, whole):
    """Read a part, drop the connection, go on by a new URL with Range and If-Range: the bytes are the same."""
    received = bytearray()
    async with aiohttp.ClientSession() as session, session.get(await link(*batch)) as response:
        etag = response.headers["ETag"]
        async for chunk in response.content.iter_chunked(1000):
            received += chunk
            if len(received) > BORDER + 100:
                break
    headers = {"Range": f"bytes={len(received)}-", "If-Range": etag}
    answer = await service.http("GET", await link(*batch), headers=headers)
    assert answer.status == 206
    assert bytes(received) + answer.body == whole


async def role_of(service, role):
    """Make a key of a role; return the metadata that shows it."""
    made = await service.auth.CreateKey(auth_pb.CreateKeyRequest(role=role), metadata=service.admin)
    return bearer(f"{made.item.key_id}.{made.secret}")


async def url_for(world, job, metadata):
    """Return the URL that a certain caller gets."""
    request = pb.DownloadSerialCodesRequest(
        namespace_name=world.name, campaign_model_name="spring", issue_job_name=job.name
    )
    return (await world.service.serial_keys.DownloadSerialCodes(request, metadata=metadata)).url


@pytest.mark.parametrize("role", [options_pb2.ROLE_ADMIN, options_pb2.ROLE_ISSUER])
async def test_roles_that_may_see_codes_get_them(service, batch, whole, role):
    """Admin and issuer get the codes themselves."""
    url = await url_for(*batch, await role_of(service, role))
    assert (await service.http("GET", url)).body == whole


async def test_the_role_read_gets_issued_codes_masked(service, batch, whole):
    """In the whole file and in ranges of it; the lines keep their length."""
    url = await url_for(*batch, await role_of(service, options_pb2.ROLE_READ))
    answer = await service.http("GET", url)
    codes = whole.decode().splitlines()[1:]
    assert answer.body == csv_of(map(mask, codes))
    assert not set(answer.text.splitlines()[1:]) & set(codes)
    piece = await service.http("GET", url, headers={"Range": f"bytes={BORDER - 50}-{BORDER + 50}"})
    assert piece.body == answer.body[BORDER - 50 : BORDER + 51]


async def test_the_role_read_gets_imported_codes_masked(service, imported):
    """Ranges are not offered, for nobody knows the lengths: one that is requested is passed over."""
    url = await url_for(*imported, await role_of(service, options_pb2.ROLE_READ))
    answer = await service.http("GET", url, headers={"Range": "bytes=0-9"})
    assert answer.status == 200
    assert "Accept-Ranges" not in answer.headers
    assert answer.body == csv_of(map(mask, IMPORTED))


async def test_any_replica_serves_the_urls_of_any_other(service, batch, whole):
    """A URL made by one is fetched from another over the same store."""
    path = urllib.parse.urlsplit(await link(*batch)).path
    async with replica(service) as second:
        assert (await second.http("GET", f"http://127.0.0.1:{second.http_port}{path}")).body == whole


async def test_urls_begin_with_the_public_url(tmp_path):
    """Also with a path of a proxy's own and a slash too many, and on a server without an HTTP side of its own."""
    settings = {"public_url": "https://codes.example/redeem/", "http_listen": ""}
    async with running(tmp_path, **settings) as service:
        world = await service.world()
        assert (await link(world, await world.issue())).startswith("https://codes.example/redeem/files/")


async def test_without_an_http_side_there_are_no_urls(tmp_path):
    """Neither for downloads nor for uploads: FILES_NOT_SERVED, and no upload is noted."""
    async with running(tmp_path, http_listen="") as service:
        world = await service.world()
        job = await world.issue()
        with refused("FILES_NOT_SERVED") as refusal:
            await link(world, job)
        assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
        for rpc, fields in (
            ("PreUpdateCurrentCampaignMaster", {"namespace_name": world.name}),
            ("PrepareImportUserDataByUserId", {"user_id": "alice"}),
        ):
            with refused("FILES_NOT_SERVED"):
                await service.call(rpc, **fields)
        assert (await service.dump())["upload"] == []
