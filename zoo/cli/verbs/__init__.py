"""The verbs of `zoo`, one module each; what they share lies in `zoo.cli`."""
