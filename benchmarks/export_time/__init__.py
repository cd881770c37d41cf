"""How long our export takes, and how that grows with the number of layers."""
