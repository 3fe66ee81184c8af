"""`connvo doctor`: asks all that calls depend on, from where the server runs, and says how to mend what fails."""
