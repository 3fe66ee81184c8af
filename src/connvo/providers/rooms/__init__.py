"""Where the media of a meeting goes: one module per service, all behind the protocol of `base`."""
