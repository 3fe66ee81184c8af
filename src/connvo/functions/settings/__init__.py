"""What people allow and want."""
