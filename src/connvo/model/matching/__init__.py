"""Pairing of users who want to meet others: the queue, proposals with two answers, the meeting, and its outcome."""
