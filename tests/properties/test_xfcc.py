"""The header in which proxies state the certificate of their client."""

import contextlib
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from redeemd.auth.xfcc import XfccInvalid, client_of, parse

CLIENT = "spiffe://studio.example/ns/game/sa/lobby"
_KEYS = ("By", "Hash", "Cert", "Chain", "Subject", "URI", "DNS")
_PLAIN = "".join(set(string.printable) - set(',;="'))

keys = st.sampled_from(_KEYS).flatmap(lambda key: st.sampled_from([key, key.lower(), key.upper()]))
pairs = st.lists(st.tuples(keys, st.text()), min_size=1, max_size=10)


def quoted(value):
    """Quote a value as Envoy does."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def written(members):
    """Write an element."""
    return ";".join(f"{key}={quoted(value)}" for key, value in members)


@given(pairs)
def test_what_was_written_is_read(members):
    """Values may have any characters, if they are quoted."""
    assert parse(written(members)) == [(key.lower(), value) for key, value in members]


@given(st.lists(st.tuples(keys, st.text(_PLAIN)), min_size=1, max_size=10))
def test_plain_values_are_read(members):
    """Values without separators need no quotes."""
    text = ";".join(f"{key}={value}" for key, value in members)
    assert parse(text) == [(key.lower(), value) for key, value in members]


@given(pairs, pairs)
def test_a_header_of_several_elements_is_refused(first, second):
    """A proxy that appends to what its client sent makes one."""
    with pytest.raises(XfccInvalid):
        parse(f"{written(first)},{written(second)}")


@given(st.text())
@example("")
@example("URI")
@example('URI="')
@example("URI=a;")
def test_any_text_is_read_or_refused(text):
    """Nothing else happens."""
    with contextlib.suppress(XfccInvalid):
        assert parse(text)


@given(st.lists(st.sampled_from(["URI", "uri"]), min_size=2, max_size=3))
def test_two_uris_name_no_client(names):
    """A SPIFFE certificate has exactly one."""
    with pytest.raises(XfccInvalid):
        client_of(";".join(f"{name}={CLIENT}" for name in names))


def test_the_header_of_envoy_names_the_client():
    """As Envoy writes it."""
    header = f'By=spiffe://studio.example/sa/redeemd;Hash=ab12;Subject="CN=lobby,O=\\"Studio\\"";URI={CLIENT};DNS=lobby'
    assert client_of(header) == CLIENT


@pytest.mark.parametrize(
    "uri", ["", "https://studio.example/lobby", "spiffe://", "spiffe://Studio.example/a", f"{CLIENT}/"]
)
def test_a_uri_that_is_no_spiffe_id_names_no_client(uri):
    """This holds whatever else the certificate contains."""
    with pytest.raises(XfccInvalid):
        client_of(f"Hash=ab12;URI={uri}")
