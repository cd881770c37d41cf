"""The bundle: one file that says everything of itself, and what lies beside it."""
