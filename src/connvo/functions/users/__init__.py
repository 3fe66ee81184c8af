"""People: signing up, onboarding, cards of others, deactivation."""
