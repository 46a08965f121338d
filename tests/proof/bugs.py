"""`python -m proof.bugs`: bugs that the proof must find, each in a build of the server in which one rule is broken."""

import argparse
import asyncio
import random
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from proof.plan import Options
from proof.run import WORK, fresh, run

SERVER = Path(__file__).resolve().parents[2] / "server"


@dataclass(frozen=True, slots=True)
class Bug:
    """A place in a file of the server, and its text in the broken build."""

    name: str
    file: str
    text: str
    broken: str
    store: str = "sqlite"  # on which it can be seen

    def build(self, folder: Path):
        """Copy the server into a folder and break it; return the folder for PYTHONPATH."""
        shutil.copytree(SERVER, folder, ignore=shutil.ignore_patterns("__pycache__"))
        path = folder / self.file
        sound = path.read_text()
        assert self.stands_in(sound), f"{self.name}: what it breaks is not in {self.file}, or twice"
        path.write_text(sound.replace(self.text, self.broken))
        return folder

    def stands_in(self, source):
        """Return whether there is one place to break."""
        return source.count(self.text) == 1


BUGS = (
    Bug(
        "no guard: a used code can be used",
        "redeemd/serialkey/queries.sql",
        " WHERE serial_key.status = 1 AND COALESCE(serial_key.uses, 0) = 0\nRETURNING revision, status_reason",
        "RETURNING revision, status_reason",
    ),
    Bug(
        "a response before the commit",
        "redeemd/store/sqlite/batch.py",
        "    _commit(connection)\n    return len(units)\n",
        "    for unit in units if len(units) > 1 else ():\n"  # not in the set-up, where a client is alone
        "        unit.future.get_loop().call_soon_threadsafe(unit.complete)\n"
        "    __import__('time').sleep(0.01 * (len(units) > 1))\n"  # a slow disk
        "    _commit(connection)\n    return len(units)\n",
    ),
    Bug(
        "no idempotency row",
        "redeemd/idempotency/idempotency.py",
        "        await self.keep(tx, claim.scope, reply, arguments=claim.arguments, now=now)\n        return reply",
        "        await tx.run(QUERIES.idempotency_purge, expired=now, limit=1000)\n        return reply",
    ),
    Bug(
        "a batch of another key",
        "redeemd/serialkey/queries.sql",
        "   AND :sequence < j.first_sequence + j.count AND j.key_id = :key_id\n   AND j.status = 1",
        "   AND :sequence < j.first_sequence + j.count\n   AND j.status = 1",
    ),
    Bug(
        "counters reset by any clock",
        "redeemd/limit/queries.sql",
        "   SET count = CASE WHEN counter.next_reset_at <= :now THEN :value ELSE counter.count + :value END,\n"
        "       next_reset_at = CASE WHEN counter.next_reset_at <= :now OR counter.schedule <> excluded.schedule\n",
        "   SET count = CASE WHEN counter.next_reset_at <> excluded.next_reset_at THEN :value"
        " ELSE counter.count + :value END,\n"
        "       next_reset_at = CASE WHEN counter.next_reset_at <> excluded.next_reset_at"
        " OR counter.schedule <> excluded.schedule\n",
    ),
    Bug(
        "no lock of the player",
        "redeemd/transaction/transaction.py",
        "            await self.call.tx.lock(*map(locks.player, wanted))\n",
        "",
        store="postgresql",
    ),
    Bug(
        "guesses counted per server",
        "redeemd/serialkey/guessing/guesses.py",
        "            if rules.findable and not await self._reserve(guess):\n"
        "                guess.repeated = True\n                self._return(guess)\n",
        "            pass\n",
        store="postgresql",
    ),
    Bug(
        "a serial code costs a guess",
        "redeemd/serialkey/rpcs/codes.py",
        "        guess: Guess | Unmetered = UNMETERED\n        if found is None:\n"
        "            guess = await take(call, namespace, text)\n            with guess:\n",
        "        guess: Guess | Unmetered = await take(call, namespace, text)\n        if found is None:\n"
        "            with guess:\n",
    ),
    Bug(
        "no guard in a set: a used code can be used together with others",
        "redeemd/serialkey/queries.sql",
        "   WHERE serial_key.status = 1 AND COALESCE(serial_key.uses, 0) = 0\n  RETURNING namespace_id",
        "  RETURNING namespace_id",
        store="postgresql",
    ),
    Bug(
        "outcomes of a set given to the wrong callers",
        "redeemd/store/postgres/coalescer.py",
        "            row = rows.get(ordinal)\n",
        "            row = rows.get(len(elements) + 1 - ordinal)\n",
        store="postgresql",
    ),
    Bug(
        "a refused call of a group keeps its key",
        "redeemd/store/postgres/group.py",
        "        await tx.run(form.undo, **arguments)\n",
        "        del tx, arguments\n",
        store="postgresql",
    ),
    Bug(
        "no guard of a total",
        "redeemd/serialkey/limits/queries.sql",
        "   AND (c.uses_total IS NULL\n        OR EXISTS (",
        "   AND (1 = 1\n        OR EXISTS (",
    ),
    Bug(
        "uses of a player not counted",
        "redeemd/serialkey/limits/queries.sql",
        "        OR c.uses_per_user > (SELECT COUNT(*) FROM player_use u\n",
        "        OR c.uses_per_user > (SELECT 0 * COUNT(*) FROM player_use u\n",
    ),
    Bug(
        "a revert that makes no room",
        "redeemd/serialkey/limits/reverts.py",
        "    if reverted is not None:\n        await totals.give_back(tx, namespace_id, number)\n",
        "",
    ),
    Bug(
        "a campaign code counted as a key",
        "redeemd/serialkey/limits/queries.sql",
        "CASE WHEN :sequence/*postgres ::bigint*/ >= 0 THEN c.uses_per_key END AS uses_per_key",
        "c.uses_per_key",
    ),
    Bug(
        "no lock of the player within limits",
        "redeemd/serialkey/limits/uses.py",
        "    await tx.lock(locks.player(user_id))\n",
        "",
        store="postgresql",
    ),
)


def main():
    """Run the proof on every broken build; exit with 1 if one of them is not found out."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--operations", type=int, default=1000)
    parser.add_argument("--faults", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--only", default="", help="bugs with this in their names")
    arguments = parser.parse_args()
    missed = 0
    for bug in BUGS:
        if arguments.only in bug.name:
            options = Options(arguments.operations, arguments.faults, bug.store, arguments.seed)
            findings = asyncio.run(seen(bug, fresh(WORK / "bug"), options))
            found = len(findings.unexplained)
            missed += not found
            print(f"{bug.name} ({findings.store}): {found} anomalies, seed {options.seed}", flush=True)
    sys.exit(f"{missed} bugs were missed" if missed else 0)


async def seen(bug: Bug, folder: Path, options: Options):
    """Run the proof on a broken build; return the Findings."""
    return await run(folder, options, server=bug.build(folder / "server"))


if __name__ == "__main__":
    main()
