"""What nothing here writes: converted through TensorFlow's own graph."""
