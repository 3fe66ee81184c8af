"""The outside world behind small protocols; each knows one service and none of our data."""
