"""A computing process that runs the function of `tests.support.echo`."""

from connvo.providers.computing import process
from connvo.providers.computing.programs import PROGRAMS

PROGRAMS["sentences"] = "tests.support.echo:answer"

if __name__ == "__main__":
    process.main()
