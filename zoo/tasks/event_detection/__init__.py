"""Events with start and end in recordings."""
