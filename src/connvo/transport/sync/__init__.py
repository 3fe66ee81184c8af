"""The sync protocol: queries that update themselves, over one socket per client. Facts: docs/protocol.md, sync."""
