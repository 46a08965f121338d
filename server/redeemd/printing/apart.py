"""Prints in a process of its own: a card takes about 10 ms of CPU, for which no thread of a server has to wait."""

import asyncio
import importlib.util
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from redeemd.errors import Overloaded
from redeemd.printing.problems import NotPrintable
from redeemd.printing.sheet import Layout

NOT_PRINTABLE = 3  # the status of a process that was given what cannot be printed
NICENESS = 10
SECONDS_MAX = 120.0
WAITING_MAX = 4  # orders, of which one is printed at a time
_LIBRARIES = ("reportlab", "segno")
_COMMAND = (sys.executable, "-I", "-m", "redeemd.printing")


@dataclass(frozen=True, slots=True)
class Order:
    """What to print."""

    layout: Layout
    codes: Sequence[str]

    def packed(self) -> bytes:
        """Return it as bytes."""
        return json.dumps({"layout": asdict(self.layout), "codes": list(self.codes)}).encode()

    @classmethod
    def unpacked(cls, data: bytes) -> "Order":
        """Return the one that `packed` returned."""
        values = json.loads(data)
        return cls(Layout(**values["layout"]), values["codes"])


def is_installed() -> bool:
    """Return whether the libraries of the extra `print` are here."""
    return all(importlib.util.find_spec(name) is not None for name in _LIBRARIES)


class Printer:
    """Prints one order after the other."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._orders = 0

    async def pdf(self, order: Order) -> bytes:
        """Return the PDF of an order. Raises NotPrintable, or Overloaded if too many orders wait."""
        if self._orders >= WAITING_MAX:
            raise Overloaded(scope="print sheets")
        self._orders += 1
        try:
            async with self._turn, asyncio.timeout(SECONDS_MAX):
                return await _printed(order)
        except TimeoutError:
            raise NotPrintable("it takes too long: print fewer codes, or shorter URLs") from None
        finally:
            self._orders -= 1


async def _printed(order: Order) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={"PATH": os.defpath},  # none of the secrets of a server
    )
    try:
        printed, said = await process.communicate(order.packed())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == NOT_PRINTABLE:
        raise NotPrintable(said.decode())
    if process.returncode:
        raise RuntimeError(f"{_COMMAND} ended with {process.returncode}: {said[-500:].decode(errors='replace')}")
    return printed
