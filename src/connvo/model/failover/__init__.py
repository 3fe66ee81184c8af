"""Responses to failed connections and failed providers."""
