"""How long tests wait for what is to happen. It is a limit for what went wrong, not a measurement: a busy machine, on
which all takes ten times as long, fails no test."""

WAIT_SECONDS = 120
