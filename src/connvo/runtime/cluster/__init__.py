"""The nodes that serve one database: their leases, and the sockets they hold.

Guarantees: the table of nodes is known to every program that imports any part of this.
"""

from . import node_leases as node_leases
