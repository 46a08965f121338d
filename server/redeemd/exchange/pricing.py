"""Prices of incremental exchanges (semantics 3.3, 12.19).

One exchange at count c, that is, after c exchanges, costs:

    linear   base + coefficient * c
    power    coefficient * (c + 1)^2

n exchanges at once cost the sum of the prices at c, c + 1, ..., c + n - 1: as much as n exchanges one by one.
"""

from enum import IntEnum

PRICE_MAX = 2**63 - 1


class Calculation(IntEnum):
    """How a price rises; numbers as in the contract."""

    LINEAR = 1
    POWER = 2


class PriceTooHigh(Exception):
    """The price does not fit in a signed 64-bit number."""

    def __init__(self, price: int) -> None:
        super().__init__(f"the price is {price}")
        self.price = price


def price(calculation: Calculation, *, base: int, coefficient: int, before: int, count: int) -> int:
    """Return the price of `count` exchanges after `before` exchanges. Raises PriceTooHigh."""
    if calculation == Calculation.LINEAR:
        total = count * base + coefficient * (count * before + count * (count - 1) // 2)
    else:
        total = coefficient * (_sum_of_squares(before + count) - _sum_of_squares(before))
    if total > PRICE_MAX:
        raise PriceTooHigh(total)
    return total


def _sum_of_squares(end: int) -> int:
    """Return 1^2 + 2^2 + ... + end^2."""
    return end * (end + 1) * (2 * end + 1) // 6
