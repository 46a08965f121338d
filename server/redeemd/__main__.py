"""`python -m redeemd`."""

from redeemd.cli import main

main()
