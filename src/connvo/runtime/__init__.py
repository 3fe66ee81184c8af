"""Runs functions; never heard of a socket."""
