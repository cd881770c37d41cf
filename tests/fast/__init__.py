"""The fast layers against Keras's own."""
