"""User accounts: sign-in, profiles, preferences, and their visibility to others."""
