"""The command `zoo`: one small module per verb in `verbs`, each of which parses, calls and prints.

What a verb needs is imported inside it, so that `zoo --help` starts at once and `zoo predict` runs where nothing
but numpy and onnxruntime is installed.
"""

from zoo.cli.main import main

__all__ = ["main"]
