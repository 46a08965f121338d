"""Real processes: starting, refusing to start, stopping, and being killed."""

import asyncio
import contextlib
import resource
import shutil
import signal
import sqlite3
import stat
from collections import defaultdict

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from redeem.serialkey.v1 import requests_pb2
from support.process import FREE, refusal_to_start, serving
from support.service import read_refusal, refused
from support.world import World


async def use_until_killed(process, world, wanted, after):
    """Use 200 codes at a time, kill the process after some responses; return what was reported to each (code, user)."""
    answers, window = {}, asyncio.Semaphore(200)

    async def use(code, user):
        async with window:
            try:
                await world.as_player("Use", user, code=code, headers=[("idempotency-key", f"{user} {code}")])
                answers[code, user] = "OK"
            except grpc.aio.AioRpcError as error:
                answers[code, user] = "" if error.code() == grpc.StatusCode.UNAVAILABLE else read_refusal(error).reason
        if answers[code, user] and len([told for told in answers.values() if told]) == after:
            process.process.kill()

    await asyncio.gather(*(use(code, user) for code, user in wanted))
    return answers


@pytest.mark.parametrize("after", [20, 450])
async def test_kill_9_in_the_middle_of_1000_redemptions_loses_and_doubles_nothing(tmp_path, after):
    """Acknowledged calls persist; no code has two owners; the rest is used by its caller or ACTIVE; retrying works."""
    players = [f"player-{n}" for n in range(5)]
    async with serving(tmp_path) as (process, service):
        world = await service.world()
        job = await world.issue(800)
        codes = [item.code for item in await world.keys(job)]
        wanted = [(code, players[n % 5]) for n, code in enumerate(codes)]
        wanted += [(code, players[(n + 1) % 5]) for n, code in enumerate(codes[:200])]
        for user in players:
            await service.token(user)
        wanted.sort(key=lambda pair: codes.index(pair[0]))
        told = await use_until_killed(process, world, wanted, after)
        assert await process.end() == -signal.SIGKILL
    assert "" in told.values()

    callers, owners = defaultdict(set), defaultdict(set)
    for (code, user), answer in told.items():
        callers[code].add(user)
        assert answer in {"OK", "CODE_STATUS_INVALID", ""}
        if answer == "OK":
            owners[code].add(user)
    async with serving(tmp_path) as (_, service):
        world = World(service, world.name)
        keys = {item.code: item for item in await world.keys(job)}
        assert all(owner == {keys[code].used_user_id} for code, owner in owners.items())
        assert all(key.status == 1 or key.used_user_id in callers[code] for code, key in keys.items())
        lost = [pair for pair in wanted if told[pair] == ""]
        for pair, answer in (await use_until_killed(None, world, lost, after=None)).items():
            if answer == "OK":
                owners[pair[0]].add(pair[1])
        keys = {item.code: item for item in await world.keys(job)}
        assert owners == {code: {key.used_user_id} for code, key in keys.items()}


async def test_a_server_may_open_as_many_files_as_the_system_allows(tmp_path):
    """Started with a low soft limit, it raises it to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard > 256
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        async with serving(tmp_path) as (started, _):
            assert resource.prlimit(started.process.pid, resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_second_process_on_the_same_data_is_refused(tmp_path):
    """It says who owns the folder, and the first one goes on."""
    async with serving(tmp_path) as (first, service):
        said = await refusal_to_start(tmp_path)
        assert "in use" in said
        assert str(first.process.pid) in said
        await service.world()


async def test_sigterm_drains(tmp_path):
    """NOT_SERVING first; calls under way and calls of the drain window succeed; then it ends with 0."""
    async with serving(tmp_path, "--drain-seconds", "10") as (process, service):  # a busy machine needs some of them
        world = await service.world()
        codes = await world.codes(200)  # fewer than one player may have in progress
        await service.token("alice")
        watch = health_pb2_grpc.HealthStub(service.channel).Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        under_way = [asyncio.create_task(world.as_player("Use", "alice", code=code)) for code in codes[:100]]
        await asyncio.sleep(0)
        process.process.send_signal(signal.SIGTERM)
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watch.cancel()
        late = [world.as_player("Use", "alice", code=code) for code in codes[100:]]
        answers = await asyncio.gather(*under_way, *late)
        assert {answer.item.used_user_id for answer in answers} == {"alice"}
        assert process.process.returncode is None
        assert await process.end() == 0
    async with serving(tmp_path) as (_, service):
        with refused("CODE_STATUS_INVALID"):
            await World(service, world.name).as_player("Use", "bob", code=codes[-1])


async def test_the_first_start_makes_two_secret_files_and_the_second_none(tmp_path):
    """master.key and admin.key have mode 0600 and are reported once; the folder is the owner's alone."""
    folder = tmp_path / "data"
    async with serving(folder) as (process, _):
        said = "\n".join(process.lines)
    files = {folder / name: (folder / name).read_bytes() for name in ("master.key", "admin.key")}
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert str(path) in said
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not any(content.decode().split(":")[-1].strip() in said for content in files.values())
    async with serving(folder) as (process, _):
        assert not any("made a" in line for line in process.lines)
    assert {path: path.read_bytes() for path in files} == files


async def test_a_missing_or_other_master_key_is_refused(tmp_path):
    """The message names the key id; no new key is made; with the right file back, it starts."""
    async with serving(tmp_path):
        pass
    path = tmp_path / "master.key"
    right = path.read_text()
    assert "k1" in await refusal_to_start_without_new_key(tmp_path, None)
    for other in (f"k1:{'A' * 43}=", f"k2:{'A' * 43}="):
        said = await refusal_to_start_without_new_key(tmp_path, other)
        assert "k1" in said
        assert "A" * 43 not in said
    path.write_text(right)
    async with serving(tmp_path) as (process, _):
        assert not any("made a" in line for line in process.lines)


async def refusal_to_start_without_new_key(folder, text):
    """Replace or remove master.key, expect a refusal that leaves the file as it is."""
    path = folder / "master.key"
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_text(text)
    said = await refusal_to_start(folder)
    assert (path.read_text() if path.exists() else None) == text
    return said


async def test_rotation_keeps_old_codes_good_and_issues_under_the_new_key(tmp_path):
    """A second line in master.key: codes of both keys can be used, new batches note k2, and k1 is still needed."""
    async with serving(tmp_path) as (_, service):
        world = await service.world()
        (old,) = await world.codes()
    path = tmp_path / "master.key"
    only_k2 = f"k2:{'B' * 43}=\n"
    path.write_text(path.read_text() + only_k2)
    async with serving(tmp_path) as (_, service):
        world = World(service, world.name)
        (new,) = await world.codes()
        for code in (old, new):
            assert (await world.as_player("Use", "alice", code=code)).item.status == 2
    with contextlib.closing(sqlite3.connect(tmp_path / "redeemd.db")) as database:
        assert database.execute("SELECT key_id FROM issue_job ORDER BY first_sequence").fetchall() == [("k1",), ("k2",)]
    path.write_text(only_k2)
    assert "k1" in await refusal_to_start(tmp_path)


async def test_a_copy_of_the_data_folder_opens_the_same_codes(tmp_path):
    """Moved to another place, lock file left behind, also after a crash: used codes are used, others can be."""
    original, copy = tmp_path / "original", tmp_path / "copy"
    async with serving(original) as (process, service):
        world = await service.world()
        used, unused = await world.codes(2)
        await world.as_player("Use", "alice", code=used)
        await process.end(signal.SIGKILL)
    shutil.copytree(original, copy, ignore=shutil.ignore_patterns("redeemd.lock"))
    async with serving(copy) as (_, service):
        world = World(service, world.name)
        assert (await world.as_player("Use", "bob", code=unused)).item.used_user_id == "bob"
        assert (await world.call("GetSerialKey", code=used)).item.used_user_id == "alice"


@pytest.mark.parametrize("where", ["file", "environment"])
async def test_bad_master_keys_are_refused_without_quoting_them(tmp_path, where):
    """The entry is named by its number, and nothing of it is shown."""
    text = f"k1:{'A' * 43}=\nk2:verysecret\n"
    if where == "file":
        (tmp_path / "keys").write_text(text)
        said = await refusal_to_start(tmp_path, "--master-key-file", str(tmp_path / "keys"))
    else:
        said = await refusal_to_start(tmp_path, REDEEMD_MASTER_KEY=text)
    assert "entry 2" in said
    assert "verysecret" not in said
    assert "AAAA" not in said


async def test_all_bad_settings_are_reported_at_once(tmp_path):
    """Wrong numbers, words and addresses, by flag and by environment, are in one message, by name."""
    flags = ["--auth", "maybe", "--listen", "nowhere", "--database", "mysql://x"]
    said = await refusal_to_start(tmp_path, *flags, REDEEMD_CALLS_MAX="0", REDEEMD_HTTP_LISTEN="here")
    named = {line.partition(":")[0] for line in said.splitlines()}
    assert named == {"auth", "calls_max", "http_listen", "listen", "database"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("flag", ["--listen", "--http-listen"])
async def test_auth_off_is_for_loopback_only(tmp_path, flag):
    """Any address others can reach is refused, before anything is made."""
    said = await refusal_to_start(tmp_path, "--auth", "off", flag, "0.0.0.0:0")
    assert "loopback" in said
    assert "0.0.0.0:0" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("flag", ["--listen", "--http-listen"])
async def test_a_taken_port_is_named_and_nothing_is_made(tmp_path, flag):
    """The message says which address could not be had, without a trace; no folder is made."""
    async with serving(tmp_path / "first") as (first, _):
        said = await refusal_to_start(tmp_path / "second", flag, first.address)
    assert first.address.rpartition(":")[2] in said
    assert "Traceback" not in said
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("flag", ["--listen", "--http-listen"])
async def test_an_address_of_another_machine_is_named_and_nothing_is_made(tmp_path, flag):
    """192.0.2.1 is nobody's (RFC 5737)."""
    said = await refusal_to_start(tmp_path / "data", flag, "192.0.2.1:50051")
    assert "192.0.2.1:50051" in said
    assert "Traceback" not in said
    assert not (tmp_path / "data").exists()


async def test_a_database_file_that_is_none_is_refused(tmp_path):
    """The file is named, and the process ends."""
    (tmp_path / "redeemd.db").write_bytes(b"this is not a database" * 500)
    said = await refusal_to_start(tmp_path)
    assert "redeemd.db" in said
    assert "Traceback" not in said


async def test_settings_come_from_the_environment_and_flags_win(tmp_path):
    """REDEEMD_... variables are settings; a flag overrides its variable."""
    environment = {"REDEEMD_LISTEN": "[::1]:0", "REDEEMD_HTTP_LISTEN": FREE, "REDEEMD_AUTH": "nonsense"}
    async with serving(tmp_path, "--auth", "off", **environment) as (process, service):
        assert process.address.startswith("[::1]:")
        await service.serial_keys.DescribeNamespaces(requests_pb2.DescribeNamespacesRequest())
