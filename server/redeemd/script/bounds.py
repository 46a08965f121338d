"""The limits of one run of a script, and why they bound its time.

A step is an instruction of Lua's virtual machine. Every instruction costs one step, and one more for each WEIGHT bytes
that the run has allocated, because an instruction can take time in proportion to them: it compares or converts a text,
shifts the elements of a list, or follows a chain of colliding keys. No collection of garbage frees memory during a run,
so joining texts again and again is bounded by the memory alone. Functions that can take more time than that, such as
those that match patterns, charge the steps of their worst case before they begin.

Therefore the time of a run is at most about STEPS_MAX times that of the slowest instruction per WEIGHT bytes:
bench/scripts.py measures the most expensive scripts that we know.
"""

STEPS_MAX = 20_000
MEMORY_BYTES_MAX = 256 * 1024  # allocated by a run
# What a run can allocate beyond that before the next check.
SPARE_BYTES = 256 * 1024
DEPTH_MAX = 100  # of calls
WEIGHT_BYTES = 512
INSTRUCTIONS_BETWEEN_CHECKS = 20

SOURCE_BYTES_MAX = 64 * 1024  # of a script
SOURCES_BYTES_MAX = 512 * 1024  # of all scripts
LINE_BYTES_MAX = 1000  # of a script; no text in it is longer
ARGUMENTS_BYTES_MAX = 64 * 1024
CONSTANTS_BYTES_MAX = 256 * 1024  # of the arguments that are kept compiled
