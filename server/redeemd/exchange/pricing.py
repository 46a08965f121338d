"""What incremental exchanges cost (semantics 3.3, 12.19).

A unit at count c, that is after c exchanges:

    linear   base + coefficient * c
    power    coefficient * (c + 1)^2

n exchanges at once cost the sum of the units at c, c + 1, ..., c + n - 1: the same as one after the other.
"""

from enum import IntEnum

PRICE_MAX = 2**63 - 1


class Calculation(IntEnum):
    """How a price rises; numbers as in the contract."""

    LINEAR = 1
    POWER = 2


class PriceTooHigh(Exception):
    """A price that no 64-bit number holds."""

    def __init__(self, price: int) -> None:
        super().__init__(f"the price is {price}")
        self.price = price


def price(calculation: Calculation, *, base: int, coefficient: int, before: int, count: int) -> int:
    """Answer what `count` exchanges cost after `before` ones. Raises PriceTooHigh."""
    if calculation == Calculation.LINEAR:
        total = count * base + coefficient * (count * before + count * (count - 1) // 2)
    else:
        total = coefficient * (_sum_of_squares(before + count) - _sum_of_squares(before))
    if total > PRICE_MAX:
        raise PriceTooHigh(total)
    return total


def _sum_of_squares(end: int) -> int:
    """Answer 1^2 + 2^2 + ... + end^2."""
    return end * (end + 1) * (2 * end + 1) // 6
