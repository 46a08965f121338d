"""Receivers that violate HTTP, or exhaust what they can: no event is lost, and none overtakes another one."""

import asyncio
import contextlib
import json
from collections import Counter
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.webhooks.sender import RETRY_AFTER_SECONDS_MAX, retry_after_seconds
from support.handler import until
from support.receiver import HURRIED, SECRET, caught_up, webhook
from support.service import running
from support.webhook_calls import use

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
# The bytes of a response, and whether the connection then stays open. Each is a failure of the receiver.
FAILURES = {
    "nothing": (b"", False),
    "silence": (b"", True),
    "half a status line": (b"HTTP/1.1 20", False),
    "half a status line, for ever": (b"HTTP/1.1 20", True),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", False),
    "a header that never ends": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, True),
    "headers that never end": (b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 50_000, True),
    "informational responses alone": (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000, True),
    "another protocol": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\0\0", True),
    "a redirect to a file": (b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", True),
    "a redirect to another host": (b"HTTP/1.1 307 X\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", True),
    "a status of four digits": (b"HTTP/1.1 2000 OK\r\n\r\n", False),
    "a failure with a long body": (b"HTTP/1.1 500 X\r\nContent-Length: 9999999999\r\n\r\n" + b"x" * 300_000, True),
    "a failure with a broken cookie": (b"HTTP/1.1 500 X\r\nSet-Cookie: \x01=;;=\r\nContent-Length: 0\r\n\r\n", True),
    "a time that is none": (b"HTTP/1.1 429 X\r\nRetry-After: -1e99\r\nContent-Length: 0\r\n\r\n", True),
}
# Each acknowledges the event, whatever follows the status; if that cannot even be read, the event is sent again.
ACKNOWLEDGEMENTS = {
    "a body that never ends": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"5\r\nhello\r\n" * 50_000,
        True,
    ),
    "a body that stops": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello", False),
    "a body that is silent": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", True),
    "chunks that are none": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", True),
    "an encoding that is none": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", True),
    "a second response": (OK + OK, True),
}


class Hostile:
    """Gives each new connection the next of some responses, whatever it asks, then all others 204."""

    def __init__(self, responses):
        self.responses = list(responses)
        self.accepted = []
        self.closing = asyncio.Event()

    async def serve(self, reader, writer):
        """Respond to the requests of a connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                event = json.loads(await reader.readexactly(length))
                acknowledged, (data, stays) = self.responses.pop(0) if self.responses else (True, (OK, True))
                if acknowledged:
                    self.accepted.append(event["data"]["userId"])
                writer.write(data)
                await writer.drain()
                if not stays:
                    break
                if data != OK:
                    await self.closing.wait()
        writer.close()


@contextlib.asynccontextmanager
async def hostile(tmp_path, responses):
    """Run such a receiver, and a server that sends events to it, one after the other."""
    receiver = Hostile(responses)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    settings = {
        **HURRIED,
        "url": url,
        "secretFile": str(tmp_path / "secret"),
        "kinds": ["REDEEMED"],
        "deadlineSeconds": 0.5,
    }
    (tmp_path / "webhooks.json").write_text(json.dumps({"game": settings}))
    try:
        async with running(tmp_path / "data", webhooks=tmp_path / "webhooks.json") as service:
            await until(lambda: webhook(service))
            yield receiver, await service.world()
    finally:
        receiver.closing.set()
        server.close()


async def test_whatever_a_receiver_sends_events_arrive_in_order(tmp_path):
    """No event overtakes another one, and no failure is a defect of the server."""
    responses = [(False, each) for each in FAILURES.values()] + [(True, each) for each in ACKNOWLEDGEMENTS.values()]
    async with hostile(tmp_path, responses) as (receiver, world):
        users = [f"player-{number}" for number in range(len(ACKNOWLEDGEMENTS) + 2)]
        await use(world, *users)
        seen = Counter()

        async def done():
            seen[(await webhook(world.service)).last_error] += 1
            return await caught_up(world.service)

        await until(done)
        assert list(dict.fromkeys(receiver.accepted)) == users
        assert receiver.accepted == sorted(receiver.accepted)
        assert "INTERNAL" not in seen
        assert not receiver.responses


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("9" * 5000, RETRY_AFTER_SECONDS_MAX),
        (formatdate(1_700_000_090, usegmt=True), 90),
        (formatdate(1_600_000_000, usegmt=True), 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", RETRY_AFTER_SECONDS_MAX),
        ("Tuesday, 14-Nov-23 22:14:20 GMT", 60),
        ("Tue Nov 14 22:14:20 2023", 60),
    ],
)
def test_a_receiver_says_in_seconds_or_by_a_date_when_to_ask_again(text, seconds):
    """In each form that RFC 9110 has."""
    assert retry_after_seconds(text, now_ms=1_700_000_000_000) == seconds


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,9} [A-Z][a-z]{2} [0-9]{1,9} [0-9:]{1,20} [A-Z+0-9-]{1,12}"))
def test_any_text_is_a_time_to_wait(text):
    """Between none and a day."""
    assert 0 <= retry_after_seconds(text, now_ms=1_700_000_000_000) <= RETRY_AFTER_SECONDS_MAX
