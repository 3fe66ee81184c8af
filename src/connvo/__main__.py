"""Run the command `connvo` as `python -m connvo`."""

from .cli import main

main()
