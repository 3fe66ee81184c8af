"""Recordings: requests of hosts, reports of providers, and their reconciliation."""
