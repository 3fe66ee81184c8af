"""Texts as vectors: how long texts are divided, `lexical-1`, and how hits are ranked."""
