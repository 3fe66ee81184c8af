"""What to do when a connection or a provider has failed."""
