"""The command `zoo`: one small module per verb in `verbs`, each of which parses, calls and prints.

Each verb imports its dependencies when it runs, so that `zoo --help` starts quickly and `zoo predict` runs where only
numpy and onnxruntime are installed.
"""

from zoo.cli.main import main

__all__ = ["main"]
