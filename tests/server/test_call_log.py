"""The log lines of calls and events at each level, and their members."""

import io
import json
import logging

import grpc
import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.app.library_log import taken_into
from redeemd.base.call_log import CallLog
from redeemd.base.log import LogPolicy, Severity
from redeemd.base.telemetry import Telemetry
from support.heard import Heard, heard
from support.process import refusal_to_start, serving
from support.service import bearer, refused


@pytest.fixture(scope="module")
async def service(tmp_path_factory):
    """A server whose log can be read."""
    async with heard(tmp_path_factory.mktemp("logged")) as service:
        yield service


def call_log(heard, *, writes=False, streams=False, **policy):
    """Return the log of a method that writes into `heard`."""
    return CallLog(heard, LogPolicy(**policy), "a.B/C", writes=writes, streams=streams)


def written(policy, *events):
    """Return the lines that are logged of some events, read as JSON."""
    stream = io.StringIO()
    telemetry = Telemetry(log=stream, policy=policy)
    for name, severity in events:
        telemetry.event(name, severity)
    telemetry.defect(ValueError("secret"))
    telemetry.close()
    assert "secret" not in stream.getvalue()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_a_line_names_the_key_the_namespace_and_the_peer(service):
    """A line states who made the call, to which namespace, and from where."""
    world = await service.world()
    await world.call("GetCampaignModel", campaign_model_name="spring")
    line = service.heard.last("GetCampaignModel")
    assert line["severity"] == "INFO"
    assert line["namespace"] == world.name
    assert line["key_id"] == service.key.partition(".")[0]
    assert line["peer"].startswith("ipv4:127.0.0.1:")


async def test_a_line_of_a_player_names_no_key_and_no_player(service):
    """A player is named only where a namespace has a log setting."""
    world = await service.world()
    (code,) = await world.codes()
    await world.as_player("Use", "alice-in-the-log", code=code)
    line = service.heard.last("Use")
    assert "key_id" not in line
    assert "alice-in-the-log" not in json.dumps(line)


async def test_a_refused_call_names_its_key_but_no_namespace_that_was_not_validated(service):
    """The key is known before the request is; a name that breaks the rules may be anything."""
    with refused("VALIDATION_FAILED"):
        await service.call("GetCampaignModel", namespace_name='no"name', campaign_model_name="spring")
    line = service.heard.last("GetCampaignModel")
    assert line["key_id"] == service.key.partition(".")[0]
    assert "namespace" not in line


async def test_a_caller_without_a_valid_key_is_not_named(service):
    """A claimed id is not an identity."""
    request = pb.GetNamespaceRequest(namespace_name="n")
    with refused("CREDENTIAL_INVALID"):
        await service.serial_keys.GetNamespace(request, metadata=bearer("k0123456789abcdef." + "x" * 43))
    assert "key_id" not in service.heard.last("GetNamespace")


@pytest.mark.parametrize(
    ("code", "severity"), [("INTERNAL", "ERROR"), ("UNAVAILABLE", "WARNING"), ("NOT_FOUND", "INFO")]
)
def test_the_severity_of_a_call_is_that_of_its_code(code, severity):
    """Faults of the server are errors; refusals are not."""
    assert call_log(Heard()).severity(code, 0.1, always=False).name == severity


def test_faults_are_the_calls_that_the_server_failed_or_that_were_slow():
    """Neither successful calls nor refusals are logged."""
    log = call_log(Heard(), level="faults", slow_seconds=1.0)
    assert [log.severity(code, 0.1, always=False) for code in ("OK", "NOT_FOUND")] == [None, None]
    assert log.severity("INTERNAL", 0.1, always=False) is Severity.ERROR
    assert log.severity("OK", 1.5, always=False) is Severity.WARNING


def test_no_call_is_logged_when_the_log_is_off():
    """This holds for successful and failed calls."""
    log = call_log(Heard(), level="off", slow_seconds=1.0)
    assert [log.severity(code, 5.0, always=False) for code in ("OK", "INTERNAL")] == [None, None]


@pytest.mark.parametrize("level", ["calls", "faults", "off"])
def test_no_level_hides_defects_and_faults(level):
    """Not even off."""
    lines = written(LogPolicy(level), ("store_fault", Severity.ERROR), ("file", Severity.INFO))
    kept = ["store_fault", "defect"] if level == "off" else ["store_fault", "file", "defect"]
    assert [line["event"] for line in lines] == kept
    assert lines[-1]["severity"] == "ERROR"


def test_a_share_of_successful_reads_is_logged():
    """Evenly, and each refusal, each write, and each call of a namespace with a log setting."""
    log = call_log(Heard(), ok_reads=0.1)
    assert sum(log.severity("OK", 0.1, always=False) is not None for _ in range(1000)) == 100
    assert all(log.severity("NOT_FOUND", 0.1, always=False) is not None for _ in range(20))
    assert all(log.severity("OK", 0.1, always=True) is not None for _ in range(20))
    writing = call_log(Heard(), writes=True, ok_reads=0.0)
    assert all(writing.severity("OK", 0.1, always=False) is not None for _ in range(20))
    silent = call_log(Heard(), ok_reads=0.0)
    assert sum(silent.severity("OK", 0.1, always=False) is not None for _ in range(20)) <= 1


def test_a_slow_call_is_marked_and_never_sampled_out():
    """With a severity that alerts can use; a stream lasts as long as its client wants."""
    heard = Heard()
    log = call_log(heard, ok_reads=0.0, slow_seconds=0.5)
    for _ in range(5):
        severity = log.severity("OK", 0.6, always=False)
        assert severity is Severity.WARNING
        log.write(severity, "OK", 0.6, reason=None, members="", addition="")
    assert all(line["slow"] and line["severity"] == "WARNING" for line in heard.events("call"))
    stream = call_log(Heard(), streams=True, slow_seconds=0.5)
    assert stream.severity("OK", 60.0, always=False) is Severity.INFO


async def test_replies_and_refusals_return_the_request_id_after_the_outcome(service):
    """In trailing metadata: initial metadata sent early would switch off the retries of proxies."""
    request = pb.DescribeNamespacesRequest()
    call = service.serial_keys.DescribeNamespaces(request, metadata=(*service.admin, ("x-request-id", "mine-1")))
    await call
    assert dict(await call.trailing_metadata())["x-request-id"] == "mine-1"
    assert "x-request-id" not in dict(await call.initial_metadata())
    call = service.serial_keys.DescribeNamespaces(request)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    given = dict(caught.value.trailing_metadata())["x-request-id"]
    assert given == service.heard.last("DescribeNamespaces")["request_id"]


async def test_lines_at_start_have_the_form_of_the_log(tmp_path):
    """One JSON object per line, with a severity; also the one that says why a server does not start."""
    async with serving(tmp_path) as (process, _):
        assert process.raw
        events = [json.loads(line) for line in process.raw]
        assert {event["severity"] for event in events} == {"INFO"}
        assert all(event["event"] == "server" and event["message"] and event["time"] for event in events)
        said = await refusal_to_start(tmp_path)
    assert "in use" in said


def test_warnings_of_libraries_are_lines_of_the_log_without_their_text():
    """One line per place in a library: text on standard error would be neither JSON nor free of secrets."""
    stream = io.StringIO()
    telemetry = Telemetry(log=stream)
    with taken_into(telemetry):
        for number in range(3):
            logging.getLogger("a.library").warning("secret %s", number)
    telemetry.close()
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["event"], line["library"], line["severity"]) == ("library", "a.library", "WARNING")
    assert "secret" not in stream.getvalue()
