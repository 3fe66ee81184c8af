"""Twelve meetings with known results, to judge reports by rules and by any language model."""
