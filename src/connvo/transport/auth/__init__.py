"""Tokens: who issues them, how they are verified, and why they are refused."""
