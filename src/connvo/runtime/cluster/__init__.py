"""The nodes that serve one database: their leases, and the sockets they hold."""
