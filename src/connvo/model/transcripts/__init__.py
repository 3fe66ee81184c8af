"""Transcripts of meetings: delivery of words, captions, segments, consent, corrections, search and deletion."""
