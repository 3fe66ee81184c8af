"""Users: sign-up, onboarding, profile cards, deactivation, sign-ins."""
