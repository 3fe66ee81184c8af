"""Media providers of meetings: one module per service, all behind the protocol of `base`."""
