"""Cost of one more sample if the state is kept, compared with running the complete window again."""
