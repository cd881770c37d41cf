"""The input kinds: one visible table, one file per kind."""

from zoo.edge.inputs.kind import DeviceInput
from zoo.edge.inputs.recording import RECORDING
from zoo.edge.inputs.text import TEXT

INPUTS: dict[str, DeviceInput] = {row.kind: row for row in (RECORDING, TEXT)}

__all__ = ["INPUTS", "DeviceInput"]
