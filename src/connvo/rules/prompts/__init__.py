"""Prompts: ideas before a call, nudges during it, and how seldom they come."""
