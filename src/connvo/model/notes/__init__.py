"""The notes of meetings: their log, their text, the people who write them, and the jobs that keep them small."""
