"""Rules as pure functions on plain values: no data, no clock, no settings."""
