"""Send wake-up hints between the nodes of one database."""
