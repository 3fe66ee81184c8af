"""Transcripts of meetings and captions."""
