"""Leaves: ids, values, keys, names, errors, clock. Imports nothing of ours."""
