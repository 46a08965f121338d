"""Measures scripts: the CPU of a scripted price, and of the most expensive scripts that we know.

python -m bench.scripts
"""

import contextlib
import sys
import time
from pathlib import Path

from redeemd.script import sources
from redeemd.script.literal import Value
from redeemd.script.outcome import Failure, Refusal
from redeemd.script.results import price
from redeemd.script.sandbox import Arguments, Origin, Sandbox
from redeemd.script.scripts import ConstantArguments, Library, Scripts
from redeemd.script.sources import Name

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.script_attacks import ATTACKS

RUNS = 20_000
REPETITIONS = 20
GRN = "grn:gs2:local:redeemd:script:game:script:price"
SOURCE = b"""
local model = args.incrementalRateModel
result = {cost = (model.baseValue + args.currentExchangeCount) * args.quantity}
"""
MODEL: dict[str, Value] = {
    "name": "rising",
    "baseValue": 10,
    "consumeAction": {"action": "Gs2Limit:CountUpByUserId", "request": "{}" * 90},
}


def price_us() -> float:
    """Return the CPU of a price, in microseconds: of all that Exchange does for one."""
    sandbox = Sandbox()
    source = sources.of_text(Name("game", "price"), SOURCE)
    scripts = Scripts(Library(sandbox, {source.name: (source, sandbox.compile(source))}))
    constants = ConstantArguments("rate", lambda: {"namespace": {"name": "game"}, "incrementalRateModel": MODEL})
    began = time.thread_time()
    for count in range(RUNS):
        others = {"currentExchangeCount": count, "quantity": 1}
        scripts.run(GRN, constants, others, Origin.of(f"transaction/{count}", 0), price)
    return (time.thread_time() - began) / RUNS * 1e6


def slowest_ms() -> list[tuple[float, str]]:
    """Return the CPU of each attack, in milliseconds: the most of some runs, slowest first."""
    sandbox = Sandbox()
    found = []
    for name, text in ATTACKS.items():
        source = sources.of_text(Name("game", "attack"), text.encode())
        script, most = sandbox.compile(source), 0.0
        for _ in range(REPETITIONS):
            began = time.thread_time()
            with contextlib.suppress(Failure, Refusal):
                sandbox.run(script, Arguments(None, {}, source.longest_line), Origin((1, 2), 0))
            most = max(most, time.thread_time() - began)
        found.append((most * 1e3, name))
    return sorted(found, reverse=True)


if __name__ == "__main__":
    print(f"a price: {price_us():.1f} us of CPU")
    for milliseconds, name in slowest_ms()[:5]:
        print(f"{name}: {milliseconds:.2f} ms of CPU")
