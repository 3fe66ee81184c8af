"""The OpenAPI document of the functions."""
