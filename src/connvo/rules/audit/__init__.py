"""The audit trail without a database: the form of its rows, its seals, and its exported forms."""
