"""The verbs of `zoo`, one module each; shared code is in `zoo.cli`."""
