"""Functions for trying the protocol out: lists that grow, values that come back, errors of every kind."""
