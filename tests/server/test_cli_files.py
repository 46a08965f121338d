"""`export` and `import`, against a server that runs."""

import asyncio
import hashlib
import json
import stat
import subprocess

import grpc
import pytest
from redeemd.cli import files
from support.cli import run
from support.service import refused

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


async def test_export_csv(cli, world, tmp_path):
    """A header and one code a line, in the order of the batch, readable by its owner only."""
    job, out = await world.issue(2500), tmp_path / "codes.csv"
    assert "2500 codes" in await cli("export", world.name, "spring", job.name, "--out", out)
    assert out.read_text().splitlines() == ["code", *(item.code for item in await world.keys(job))]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codes.csv", "codes.csv.sha256"]


async def test_export_jsonl_contains_states(cli, world, tmp_path):
    """One object a line: status, and for a used code by whom and when."""
    job, out = await world.issue(2), tmp_path / "codes.jsonl"
    used, unused = [item.code for item in await world.keys(job)]
    item = (await world.as_player("Use", "alice", code=used)).item
    await cli("export", world.name, "spring", job.name, "-o", out, "--format", "jsonl")
    assert [json.loads(line) for line in out.read_text().splitlines()] == [
        {"code": used, "status": "USED", "usedUserId": "alice", "usedAt": item.used_at},
        {"code": unused, "status": "ACTIVE"},
    ]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


async def test_export_never_writes_over_a_file(cli, world, tmp_path):
    """A file that exists is left as it is; so is one when the job or the format is unknown."""
    job, out = await world.issue(1), tmp_path / "codes.csv"
    out.write_text("precious")
    assert "codes.csv" in await cli("export", world.name, "spring", job.name, "-o", out, code=1)
    assert out.read_text() == "precious"
    other = tmp_path / "other.csv"
    assert "ISSUE_JOB_NOT_FOUND" in await cli("export", world.name, "spring", "absent", "-o", other, code=1)
    assert "csv or jsonl" in await cli("export", world.name, "spring", job.name, "-o", other, "--format", "x", code=2)
    assert list(tmp_path.iterdir()) == [out]


async def test_export_is_private_also_over_what_an_earlier_one_left(cli, world, tmp_path):
    """A partial file that others can read, or that leads elsewhere, does not receive the codes."""
    job, out, elsewhere = await world.issue(1), tmp_path / "codes.csv", tmp_path / "elsewhere"
    (tmp_path / "codes.csv.part").write_text("left behind")
    await cli("export", world.name, "spring", job.name, "-o", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    (tmp_path / "more.csv.part").symlink_to(elsewhere)
    await run("export", world.name, "spring", job.name, "-o", tmp_path / "more.csv")
    assert not elsewhere.exists()


async def test_export_has_a_manifest(cli, world, tmp_path):
    """`sha256sum --check` finds the file as it was written, and a changed one changed."""
    job, out = await world.issue(12_345), tmp_path / "codes.csv"
    await cli("export", world.name, "spring", job.name, "-o", out)
    manifest = tmp_path / "codes.csv.sha256"
    assert manifest.read_text() == f"{hashlib.sha256(out.read_bytes()).hexdigest()}  codes.csv\n"

    async def check():
        command = ["sha256sum", "--check", "--status", manifest.name]
        return (await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, check=False)).returncode

    assert await check() == 0
    out.write_bytes(out.read_bytes().replace(b"A", b"B", 1))
    assert await check() == 1


async def test_export_goes_on_where_a_stream_broke_off(cli, world, tmp_path, monkeypatch):
    """A server that goes away in the middle, twice, costs no code and doubles none."""
    job, out = await world.issue(22_222), tmp_path / "codes.csv"
    real, streams = files.Client.try_call, []

    class Away(grpc.RpcError):
        def code(self):
            return grpc.StatusCode.UNAVAILABLE

    def breaking(self, method, request, **options):
        for number, chunk in enumerate(real(self, method, request, **options)):
            if number == 2 and len(streams) < 2:
                streams.append(number)
                raise Away
            yield chunk

    monkeypatch.setattr(files.Client, "try_call", breaking)
    monkeypatch.setattr(files, "RESUME_SECONDS", 0)
    await cli("export", world.name, "spring", job.name, "-o", out)
    assert len(streams) == 2
    assert out.read_text().splitlines() == ["code", *(item.code for item in await world.keys(job))]


async def test_import_takes_a_file_and_exports_it_again(cli, world, tmp_path):
    """A CSV with a header, more columns, quotes and other alphabets: its codes can be used, and come back."""
    source, out = tmp_path / "old.csv", tmp_path / "new.csv"
    source.write_text('code,printed\nSUMMER-1,yes\n"A,""BCDEFG",no\n\n夏のコード2026,\n', encoding="utf-8")
    said = await cli("import", world.name, "spring", source, "--yes")
    assert "3 of 3 codes imported, issue job " in said
    await world.as_player("Use", "alice", code='A,"BCDEFG')
    await cli("export", world.name, "spring", said.split()[-1], "-o", out)
    assert out.read_text(encoding="utf-8") == 'code\nSUMMER-1\n"A,""BCDEFG"\n夏のコード2026\n'


async def test_import_shows_what_it_read_and_asks(cli, world, tmp_path):
    """Nothing is imported without `--yes` where nobody can be asked; the file, its column and its codes are shown."""
    source = tmp_path / "agency.csv"
    source.write_bytes(b"\xef\xbb\xbfVoucher Code;Carton\r\nXM26-9KZV-HRC5;Box1\r\nXM26-HTYL-AAAA;Box1\r\n")
    said = await cli("import", world.name, "spring", source, code=1)
    for part in ("UTF-8", "separated by ;", '1 of 2, with the header "Voucher Code"', "2, with 14 characters"):
        assert part in said
    for part in ("XM26-9KZV-HRC5 (line 2)", "XM26-HTYL-AAAA (line 3)", "duplicates  none", "add --yes"):
        assert part in said
    with refused("CODE_NOT_FOUND"):
        await world.as_player("Use", "alice", code="XM26-9KZV-HRC5")
    await cli("import", world.name, "spring", source, "--yes")
    await world.as_player("Use", "alice", code="XM26-9KZV-HRC5")


async def test_import_explains_problems_with_line_and_column(cli, world, tmp_path):
    """One problem and nothing is imported; skipping them imports the others; a dry run imports nothing."""
    source, listed = tmp_path / "codes.txt", tmp_path / "codes.txt.problems.csv"
    await world.put_in_force("spring", "spring-sale")
    source.write_text("FIRST-ONE\nSECOND-ONE\n\nFIRST-ONE\nspring-sale\n")
    said = await cli("import", world.name, "spring", source, "--yes", code=1)
    assert "line 4, column 1: FIRST-ONE occurs earlier in the file" in said
    assert "0 of 4 codes imported" in said
    assert "nothing was imported; --skip-problems imports the others" in said
    assert listed.read_text(encoding="utf-8").splitlines() == [
        "line,column,code,problem",
        "4,1,FIRST-ONE,occurs earlier in the file",
        "5,1,spring-sale,is the name of a campaign of this namespace",
    ]
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    options = ("--skip-problems", "--dry-run")
    assert "2 of 4 codes would be imported" in await cli("import", world.name, "spring", source, *options)
    assert "2 of 4 codes imported" in await cli("import", world.name, "spring", source, "--skip-problems", "--yes")
    said = await cli("import", world.name, "spring", source, "--yes", code=1)
    assert "FIRST-ONE was imported into this namespace before" in said
    assert "--skip-problems" not in said


async def test_import_of_short_codes_must_be_allowed(cli, world, tmp_path):
    """They can be guessed; without `--allow-short`, they can only be skipped."""
    source = tmp_path / "codes.txt"
    source.write_text("SHORT\nLONG-ENOUGH\n")
    assert "SHORT has fewer than 8" in await cli("import", world.name, "spring", source, "--yes", code=1)
    assert "1 of 2 codes imported" in await cli("import", world.name, "spring", source, "--yes", "--skip-problems")
    source.write_text("SHORT\nALSO-LONG-ENOUGH\n")
    assert "2 of 2 codes imported" in await cli("import", world.name, "spring", source, "--yes", "--allow-short")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xfd", b""], ids=["absent", "no text", "empty"])
async def test_import_of_what_is_no_file_of_codes_is_refused(cli, world, tmp_path, content):
    """In a line, with exit code 1."""
    source = tmp_path / "codes.txt"
    if content is not None:
        source.write_bytes(content)
    said = await cli("import", world.name, "spring", source, code=1)
    assert "Traceback" not in said
    assert said.strip()
