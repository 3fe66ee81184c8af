"""connvo: a meeting backend that gets people connected over WebRTC and keeps them connected."""

__version__ = "0.1.0"
