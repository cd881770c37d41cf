"""The training half of the input kinds: one table, and a package for each kind."""

from zoo.inputs.kind import InputKind
from zoo.inputs.recording.row import RECORDING
from zoo.inputs.text.row import TEXT

INPUTS: dict[str, InputKind] = {row.name: row for row in (RECORDING, TEXT)}

__all__ = ["INPUTS", "InputKind"]
