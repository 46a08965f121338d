"""The operations of clients: each makes one call and names the objects that it concerns."""

from proof.capped_operations import CappedOperations
from proof.code_operations import CodeOperations
from proof.counter_operations import CounterOperations
from proof.draws import Draws
from proof.exchange_operations import ExchangeOperations
from proof.plan import GENERATION_CALLS, PLAYERS


class Operations:
    """Draws calls for the moment of the run."""

    def __init__(self, draws: Draws):
        self._draws = draws
        self.codes, self.exchanges = CodeOperations(draws), ExchangeOperations(draws)
        self.counters, self.capped = CounterOperations(draws), CappedOperations(draws)
        self._kinds = {
            self.codes.use: 12,
            self.codes.revert: 13,
            self.codes.verify_code: 5,
            self.codes.get_code: 3,
            self.codes.switch: 3,
            self.exchanges.redeem: 12,
            self.exchanges.refund: 13,
            self.counters.up: 8,
            self.counters.down: 4,
            self.counters.verify_counter: 3,
            self.counters.get_counter: 3,
            self.counters.delete: 1,
            self.counters.verify_and_up: 9,
            self.counters.tick_up: 8,
            self.counters.tick_get: 3,
            self.exchanges.wait: 3,
            self.codes.forged: 2,
            self.codes.guess_at_once: 2,
            self.capped.use: 3,
            self.capped.use_at_once: 4,
            self.capped.revert: 3,
            self.capped.revert_at_once: 4,
            self.capped.verify: 2,
        }

    def draw(self, number, now_ms):
        """Return the call to make at a point of the run, or several to make at once."""
        (make,) = self._draws.random.choices(list(self._kinds), self._kinds.values())
        made = make(number // GENERATION_CALLS, self._draws.random.choice(PLAYERS), now_ms)
        return made if isinstance(made, list) else [made]
