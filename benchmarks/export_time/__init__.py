"""Duration of our export, and its growth with the number of layers."""
