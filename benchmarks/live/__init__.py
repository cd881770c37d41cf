"""What `zoo watch` takes of a machine, and what becomes of it when things go wrong."""
