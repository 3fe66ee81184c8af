"""WebRTC sessions, and the signals between them."""
