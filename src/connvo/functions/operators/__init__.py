"""The operators' console, beside the documented API. Every function is for operators, and shows no content."""
