"""The API, public functions alone: the path is the file, the function is the function."""
