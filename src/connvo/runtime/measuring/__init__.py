"""Measuring: what each node counts of its calls, how loaded it is, and the rows in which it says so.

Guarantees: the tables of measurements are known to every program that imports any part of this.
"""

from . import tables as tables
