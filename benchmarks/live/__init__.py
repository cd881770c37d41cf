"""Memory and processor time of `zoo watch`, and its behaviour under faults."""
