"""What one more sample costs where the state is kept, against running the whole window again."""
