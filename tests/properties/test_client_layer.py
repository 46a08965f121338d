"""The pure parts of the Python client, for any input."""

from datetime import timedelta

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from hypothesis import given
from hypothesis import strategies as st
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.common.v1 import common_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd_client import CredentialRefused, OutcomeUnknown, Overloaded, RedeemError, batches, paging
from redeemd_client.calls import Patience
from redeemd_client.credentials import Login, PlayerLogin, TokenFile
from redeemd_client.details import details_of
from redeemd_client.errors import error_of, error_of_item
from support.batches import error_of as as_unary

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
CODES = st.sampled_from([code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])


@st.composite
def item_errors(draw):
    """An error of an item: all that a refusal can have."""
    error = common_pb2.ItemError(code=draw(CODES).value[0], message=draw(TEXTS), reason=draw(TEXTS.filter(bool)))
    error.metadata.update(draw(st.dictionaries(TEXTS, TEXTS, max_size=3)))
    for field, description in draw(st.lists(st.tuples(TEXTS, TEXTS), max_size=3)):
        error.violations.add(field=field, description=description)
    if draw(st.booleans()):
        error.retry_after_ms = draw(st.integers(1, 10**7))
    return error


def _content(error):
    return (error.code, error.message, error.reason, error.metadata, error.violations, error.retry_after)


@given(item_errors())
def test_an_error_of_a_call_and_of_an_item_say_the_same(error):
    """Status, text, reason, metadata, violations and pause; the details are those that the public packages write."""
    call, item = error_of(as_unary(error), key="k"), error_of_item(error, key="k")
    assert _content(call) == _content(item)
    assert (call.key, item.key) == ("k", "k")
    assert [(it.field, it.description) for it in item.violations] == [
        (it.field, it.description) for it in error.violations
    ]
    assert item.metadata == dict(error.metadata)


@given(st.binary(max_size=200))
def test_a_trailer_of_any_bytes_is_read(trailer):
    """Whatever a proxy puts there: an error never hides another one."""
    assert set(details_of(trailer)) <= {"ErrorInfo", "BadRequest", "RetryInfo", "Status", "FieldViolation"}


def test_unknown_details_are_skipped():
    """Types of others stand beside ErrorInfo."""
    status = status_pb2.Status(code=5)
    status.details.add().Pack(error_details_pb2.DebugInfo(detail="x"))
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason="R"))
    found = details_of(status.SerializeToString())
    assert found["ErrorInfo"].reason == "R"
    assert set(found) == {"ErrorInfo"}


@given(CODES, st.booleans())
def test_the_class_of_an_error_says_what_callers_do(code, writes):
    """Send a write whose outcome is unknown again; wait; log in. Others branch by their reason."""
    error = error_of(grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), "x"), writes=writes, key="k")
    special = {grpc.StatusCode.RESOURCE_EXHAUSTED: Overloaded, grpc.StatusCode.UNAUTHENTICATED: CredentialRefused}
    maybe = {"UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED", "UNKNOWN", "INTERNAL"}
    expected = OutcomeUnknown if writes and code.name in maybe else special.get(code, RedeemError)
    assert type(error) is expected
    assert error.is_temporary == (code.name in maybe)
    assert (error.reason, error.violations, error.request_id, error.key) == ("", (), "", "k")


def _request(length, key=""):
    return pb.UseByUserIdRequest(namespace_name="shop", user_id="alice", code="c" * length, duplication_avoider=key)


@given(st.lists(st.integers(0, 60_000), max_size=60), st.integers(0, 2500))
def test_chunks_hold_all_requests_in_their_order(lengths, short):
    """None is empty, has more than 1,000 requests, or more bytes than a request of the server may."""
    requests = [_request(length) for length in [*lengths, *[1] * short]]
    found = list(batches.chunks(enumerate(requests)))
    assert [item for chunk in found for item in chunk] == list(enumerate(requests))
    for chunk in found:
        assert 1 <= len(chunk) <= 1000
        assert sum(request.ByteSize() + 30 for _, request in chunk) < 2 * 1024 * 1024


@given(st.sampled_from(["", "mine"]))
def test_a_request_of_a_batch_has_a_key_and_stays_as_it_was(key):
    """A copy has the new key; one with a key is used as it is."""
    request = _request(3, key)
    keyed = batches.with_key(request)
    assert keyed.duplication_avoider == (key or keyed.duplication_avoider) != ""
    assert request.duplication_avoider == key
    assert (keyed is request) == bool(key)


@given(st.lists(TEXTS.filter(bool), max_size=5))
def test_the_pages_of_a_listing_are_asked_for_in_turn(tokens):
    """Each request differs from the first in its token alone; the first stays as it was."""
    request = pb.DescribeIssueJobsRequest(namespace_name="shop", campaign_model_name="spring", limit=7)
    expected, following = pb.DescribeIssueJobsRequest.FromString(request.SerializeToString()), request
    for token in tokens:
        following = paging.after(following, pb.DescribeIssueJobsResponse(next_page_token=token))
        expected.page_token = token
        assert following == expected
    assert paging.after(following, pb.DescribeIssueJobsResponse()) is None
    assert paging.after(pb.DescribeCampaignModelsRequest(), pb.DescribeCampaignModelsResponse()) is None
    assert not request.page_token


@given(st.integers(2, 10**6), st.lists(st.floats(0, 10**6), max_size=8))
def test_a_token_is_renewed_late_in_its_life_and_never_sent_after_it(seconds, moments):
    """By the clock of the client, which starts when it receives the token."""
    now = [0.0]
    login = Login("id.secret", clock=lambda: now[0])
    assert (login.header(), login.due) == (None, True)
    assert login.login_request() == auth_pb.LoginProjectRequest(client_id="id", client_secret="secret")
    login.logged_in(auth_pb.LoginProjectResponse(access_token="t", expires_in=seconds))
    for moment in moments:
        now[0] = moment
        assert (login.header() is not None) == (moment < seconds)
        assert login.due == (moment >= 0.8 * seconds)
    now[0] = 0.0
    assert login.refused(("authorization", "Bearer other"))
    assert login.header() == ("authorization", "Bearer t")
    assert login.refused(("authorization", "Bearer t"))
    assert login.header() is None


def test_a_login_that_fails_is_tried_again_later():
    """While the token is valid: each call would wait for it otherwise."""
    now = [0.0]
    login = Login("id.secret", clock=lambda: now[0])
    login.logged_in(auth_pb.LoginProjectResponse(access_token="t", expires_in=100))
    now[0] = 85
    assert login.due
    login.postpone()
    assert not login.due
    now[0] = 95.1
    assert login.due


@given(st.integers(-(10**6), 10**6))
def test_a_players_token_works_with_a_clock_that_is_wrong(ahead):
    """Its end is a time of the server's clock: the client keeps it for a minute at least."""
    now = [0.0]
    login = PlayerLogin("alice", clock=lambda: now[0], wall_clock=lambda: 1000.0)
    login.logged_in(auth_pb.LoginResponse(token="t", expire=(1000 + ahead) * 1000))
    assert login.header() == ("x-access-token", "t")
    now[0] = max(ahead, 60) - 0.5
    assert login.header() is not None
    now[0] += 0.5
    assert login.header() is None


def test_a_token_file_is_read_again_when_it_changes(tmp_path):
    """Once a second at most, also if it is replaced; a file that is away keeps the last token."""
    file, now = tmp_path / "token", [0.0]
    file.write_text("first\n")
    credential = TokenFile(file, clock=lambda: now[0])
    assert credential.header() == ("authorization", "Bearer first")
    (tmp_path / "new").write_text("second\n")
    (tmp_path / "new").rename(file)
    assert credential.header() == ("authorization", "Bearer first")
    now[0] = 1.0
    assert credential.header() == ("authorization", "Bearer second")
    file.unlink()
    now[0] = 2.0
    assert credential.header() == ("authorization", "Bearer second")
    assert not credential.refused(("authorization", "Bearer second"))
    file.write_text("third")
    assert credential.refused(("authorization", "Bearer second"))
    assert credential.header() == ("authorization", "Bearer third")
    with pytest.raises(OSError, match="none"):
        TokenFile(tmp_path / "none")


@given(st.integers(0, 100), st.lists(st.floats(0, 30), max_size=30))
def test_a_stream_is_continued_for_as_long_as_said(seconds, steps):
    """Pauses grow to two seconds; after `seconds` without progress the error is raised."""
    now = [0.0]
    patience = Patience(seconds, clock=lambda: now[0])
    error = RedeemError(grpc.StatusCode.UNAVAILABLE, "away")
    for step in steps:
        now[0] += step
        if now[0] >= seconds:
            with pytest.raises(RedeemError):
                patience.pause(error)
        else:
            assert 0.08 <= patience.pause(error) <= 2.4
    patience.progress()
    if seconds:
        assert patience.pause(error) <= 0.12
    with pytest.raises(RedeemError):
        patience.pause(RedeemError(grpc.StatusCode.NOT_FOUND, "no"))


def test_the_pause_is_at_least_what_the_server_says():
    """RetryInfo, in seconds."""
    status = status_pb2.Status(code=8)
    delay = error_details_pb2.RetryInfo()
    delay.retry_delay.FromTimedelta(timedelta(seconds=5, milliseconds=250))
    status.details.add().Pack(delay)
    trailing = grpc.aio.Metadata(("grpc-status-details-bin", status.SerializeToString()))
    error = error_of(grpc.aio.AioRpcError(grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.aio.Metadata(), trailing, "x"))
    assert (error.retry_after, error.is_temporary) == (5.25, True)
    assert Patience(60).pause(error) == 5.25
