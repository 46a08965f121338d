"""The actions of players, game servers and operators in a soak: a bit of everything, so often each.

Seasons come and go: a namespace with a batch of codes is made, used and deleted, so that what the service forgets can
be distinguished from what it must keep. Only `forever` keeps its used codes, and grows by them.
"""

from collections.abc import Awaitable, Callable

from bench.soak_games import GameActions
from bench.soak_operators import OperatorActions
from bench.soak_players import PlayerActions
from bench.soak_seasons import Seasons

Action = Callable[[], Awaitable[None]]


def weighted(seasons: Seasons) -> list[tuple[Action, int]]:
    """Return all actions, with how often each is done among the others."""
    players, games, operators = PlayerActions(seasons), GameActions(seasons), OperatorActions(seasons)
    return [
        (players.use, 30), (players.use_again, 10), (players.use_nonsense, 4), (players.revert, 5), (players.verify, 8),
        (players.use_forever, 5), (games.count, 12), (games.exchange, 10), (games.rise, 4), (games.wait, 5),
        (games.transact, 4), (operators.look, 8), (operators.log_in, 3), (operators.break_off, 3),
        (operators.download_a_part, 2), (operators.upload, 2), (operators.abandon_upload, 2), (operators.dump, 1),
        (operators.visit, 2), (operators.bring, 1),
    ]  # fmt: skip
