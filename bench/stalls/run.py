"""The worst requests to every RPC and URL: which block the event loop longest, and which need most memory."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor import MethodDescriptor

from bench.stalls import watch
from bench.stalls.cases import Case, derive
from bench.stalls.contract import methods
from bench.stalls.greatest import Greatest, Upload
from bench.stalls.measure import Lab, Measured
from bench.stalls.world import valid

SHOWN = 10
SECONDS_MAX = 300.0  # for the derived requests; what is left then is not measured, and the report says so
_QUICK_STEP = 100  # a quick run takes each hundredth request
_LAST = ("UpdateCurrent", "Clean", "Revoke", "Delete")  # methods that take away what others need, in this order


@dataclass(frozen=True, slots=True)
class Stalls:
    """The measurements, and the number of requests."""

    measured: list[Measured]
    derived: int

    def longest(self) -> list[Measured]:
        """Return those that blocked the loop longest."""
        return sorted(self.measured, key=lambda it: it.cost.process_ms, reverse=True)[:SHOWN]

    def largest(self) -> list[Measured]:
        """Return those that needed most memory."""
        return sorted(self.measured, key=lambda it: it.cost.growth_mib, reverse=True)[:SHOWN]


def run(data: Path, *, quick: bool, progress: Callable[[str], None]) -> Stalls:
    """Measure each request by itself, on a server that does nothing else."""
    cases = list(all_cases())[:: _QUICK_STEP if quick else 1]
    progress(f"stalls: {len(cases):,} requests")
    greatest = _in_lab(data / "greatest", _measure_greatest)
    measured = _in_lab(data / "derived", lambda lab: _measure(lab, cases))
    return Stalls([*greatest, *measured], derived=len(greatest) + len(cases))


def all_cases() -> Iterator[Case]:
    """Return the requests that are derived from the contract, in the order in which they are sent."""
    makes_valid = valid()
    for method in sorted(methods(), key=_rank):
        yield from derive(method, makes_valid)


def _rank(method: MethodDescriptor) -> tuple[int, bool]:
    ranks = [number for number, prefix in enumerate(_LAST, 1) if method.name.startswith(prefix)]
    return (max(ranks, default=0), method.name == "DeleteNamespace")


def _in_lab(data: Path, work: Callable[[Lab], list[Measured]]) -> list[Measured]:
    watch.empty(data)
    lab = Lab(data)
    try:
        lab.world.prepare()
        return work(lab)
    finally:
        lab.stop()


def _measure(lab: Lab, cases: list[Case]) -> list[Measured]:
    until = time.monotonic() + SECONDS_MAX
    return [lab.measure_case(case) for case in itertools.takewhile(lambda _: time.monotonic() < until, cases)]


def _measure_greatest(lab: Lab) -> list[Measured]:
    greatest = Greatest(lab.world)
    greatest.prepare()
    measured = [lab.measure_case(case) for case in greatest.cases()]
    return measured + [_measure_upload(lab, upload) for upload in greatest.uploads()]


def _measure_upload(lab: Lab, upload: Upload) -> Measured:
    world, url = lab.world, upload.url(lab.world)
    return lab.measure(
        upload.name, len(upload.data or b""), lambda: world.http(upload.verb, url, upload.data, upload.encoding)
    )
