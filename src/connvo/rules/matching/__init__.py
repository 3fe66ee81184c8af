"""Pairing of users who want to meet others: windows, scores with reasons, pairs, states, learning."""
