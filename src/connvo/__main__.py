"""`python -m connvo` is the command `connvo`."""

from .cli import main

main()
