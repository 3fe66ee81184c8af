"""Accounts: signing in, profiles, preferences, and what others may see of them."""
