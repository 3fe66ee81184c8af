"""The catalogue of interests."""
