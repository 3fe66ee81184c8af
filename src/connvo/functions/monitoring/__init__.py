"""How the server is: for operators, from what all nodes measured; and what callers may know of their own use."""
