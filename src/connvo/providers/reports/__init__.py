"""Reports by rules, computed in a process of their own so that the event loop of the server never waits."""
