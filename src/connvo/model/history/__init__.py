"""The history of a call: failures and the timeline of each member."""
