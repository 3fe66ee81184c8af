"""Reports of meetings: runs and their steps, the report that people read and edit, and the insights of each person."""
