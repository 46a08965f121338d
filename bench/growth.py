"""Does `Use` get slower when many codes are issued and many are used?

Small: a namespace of 1,000 issued codes; it is deleted and recreated for every stretch of 1,000 calls, because no code
can be used twice. Large: 10,000,000 issued codes, in 100 batches, of which 1,000,000 were used, evenly spread; each
stretch uses 1,000 others, drawn at random from all of them. Stretches alternate between the two servers, and 16
connections that are open before the clock starts send each of them.

The used codes of the large database are not used one by one: their rows are written into the stopped database, in the
shape that `Use` gives them.
"""

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from redeemd.crypto import keyring
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey.codec.codecs import Codecs

from bench import generator, servers
from bench.admin_client import CAMPAIGN, ISSUE_MAX, NAMESPACE, PLAYERS, AdminClient, use_bodies
from bench.compare import Progress
from bench.generator import Figures
from bench.servers import Server

SMALL_ISSUED = 1_000
_SEED = 20260102

_FILL = """
WITH RECURSIVE used (sequence) AS (
  SELECT 0 UNION ALL SELECT sequence + :step FROM used WHERE sequence + :step < :issued
)
INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision)
SELECT c.namespace_id, c.number, u.sequence, 2, printf('player-%05d', u.sequence % :players), c.updated_at,
       c.updated_at, 1
  FROM used u, campaign c WHERE c.name = :campaign
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large is large, and how often small and large are measured."""

    batches: int
    used: int
    stretches: int

    @property
    def issued(self) -> int:
        """How many codes the large database has issued."""
        return self.batches * ISSUE_MAX

    @property
    def step(self) -> int:
        """One of this many codes is used."""
        return self.issued // self.used


@dataclass(frozen=True, slots=True)
class Growth:
    """The figures of every stretch."""

    small: list[Figures]
    large: list[Figures]


def run(folder: Path, size: Size, progress: Progress) -> Growth:
    """Build both databases and measure."""
    large, small = folder / "large", folder / "small"
    progress(f"issuing {size.issued:,} codes and marking {size.used:,} of them used")
    with servers.running(servers.redeemd(large), large) as server, AdminClient(server) as administrator:
        administrator.prepare()
        for _ in range(size.batches):
            administrator.issue(ISSUE_MAX)
    codes = _fill(large, size)
    growth = Growth([], [])
    with (
        servers.running(servers.redeemd(small), small) as small_server,
        servers.running(servers.redeemd(large), large) as large_server,
        AdminClient(small_server) as small_administrator,
        AdminClient(large_server) as large_administrator,
    ):
        small_administrator.prepare()
        small_tokens, large_tokens = small_administrator.login_players(), large_administrator.login_players()
        # The first stretch warms up: prepared statements, keys, tokens; the database of the second is still cold.
        for number in range(size.stretches + 1):
            small_administrator.renew()
            few = small_administrator.new_codes(SMALL_ISSUED)
            random.Random(number).shuffle(few)
            figures = _stretch(small_server, few, small_tokens), _stretch(large_server, codes, large_tokens)
            if number:
                growth.small.append(figures[0])
                growth.large.append(figures[1])
    return growth


def _stretch(server: Server, codes: "Iterator[str] | list[str]", tokens: list[str]) -> Figures:
    return generator.run(server, use_bodies(list(islice(codes, SMALL_ISSUED)), tokens))


def _fill(data: Path, size: Size) -> Iterator[str]:
    """Mark every step-th code used; return others, at random."""
    connection = sqlite3.connect(data / "redeemd.db")
    with connection:
        connection.execute(_FILL, {"step": size.step, "issued": size.issued, "players": PLAYERS, "campaign": CAMPAIGN})
    connection.close()
    return unused(data, issued=size.issued, step=size.step)


def unused(data: Path, *, issued: int, step: int) -> Iterator[str]:
    """Yield codes of a stopped database at random, each once, except every step-th."""
    connection = sqlite3.connect(data / "redeemd.db")
    row = connection.execute(
        "SELECT n.namespace_id, n.name, n.salt, c.number FROM namespace n JOIN campaign c USING (namespace_id) "
        "WHERE n.name = ? AND c.name = ?",
        (NAMESPACE, CAMPAIGN),
    ).fetchone()
    connection.close()
    ring = keyring.parse((data / "master.key").read_text(encoding="utf-8"))
    codec = Codecs(ring).of(NamespaceKey(*row[:3])).codec
    draw = random.Random(_SEED)
    drawn: set[int] = set()
    while True:
        sequence = draw.randrange(issued)
        if sequence % step and sequence not in drawn:
            drawn.add(sequence)
            yield codec.encode(ring.current, row[3], sequence)
