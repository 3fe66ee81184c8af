"""The sync protocol: live queries over one socket per client. Rules: docs/protocol.md, sync."""
