"""Provide the basics of every other package: ids, values, keys, names, errors, clock.

Does not know: any other package of connvo.
"""
