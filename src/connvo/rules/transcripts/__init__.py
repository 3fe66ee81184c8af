"""Rules of transcripts: chunks, segments, cues, files, and guards against words that were not spoken."""
