"""Texts of people and meetings as vectors and passages: made when a source changes, searched, and given up with it."""
