"""What has happened in a call."""
