"""An ONNX graph while it is written."""

from zoo.export.graph.finishing import End
from zoo.export.graph.values import Array, Attribute, Foreign, Operand, Size, State, Value
from zoo.export.graph.writer import AXES_AS_INPUT, Graph

__all__ = ["AXES_AS_INPUT", "Array", "Attribute", "End", "Foreign", "Graph", "Operand", "Size", "State", "Value"]
