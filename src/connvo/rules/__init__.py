"""Rules as pure functions on plain values: no database, no clock, no settings."""
