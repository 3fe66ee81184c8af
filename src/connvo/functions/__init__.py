"""THE API: the path is the file, the function is the function. Modules that start with `_` are not API."""
