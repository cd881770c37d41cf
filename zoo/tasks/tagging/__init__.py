"""A label for every time step of a recording."""
