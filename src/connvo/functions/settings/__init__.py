"""Settings of users: notifications and privacy."""
