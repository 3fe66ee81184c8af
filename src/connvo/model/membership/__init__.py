"""How people come into meetings and leave them, and how meetings begin and end."""
