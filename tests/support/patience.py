"""How long tests wait for what is to happen. It is a limit for what went wrong, not a measurement: a busy machine, on
which all takes ten times as long, fails no test."""

from redeemd.store.postgres.times import Times

WAIT_SECONDS = 120
# Lets a busy machine take its time to connect, and to run what is queued.
PATIENT = Times(
    host=WAIT_SECONDS,
    free=WAIT_SECONDS,
    turn=WAIT_SECONDS,
    statement=WAIT_SECONDS,
    idle_in_transaction=WAIT_SECONDS,
    response=WAIT_SECONDS,
)
