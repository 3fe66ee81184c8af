"""Pure functions in processes of their own, so that the event loop never waits for them and their memory goes back."""
