"""HTTP: routes, requests and responses, and every endpoint."""
