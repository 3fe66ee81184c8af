"""`connvo doctor`: checks everything that calls depend on, from the server's machine, with advice on failures."""
