"""An ONNX graph under construction."""

from zoo.exporter.graph.finishing import End
from zoo.exporter.graph.values import Array, Attribute, Foreign, Operand, Size, State, Value
from zoo.exporter.graph.writer import AXES_AS_INPUT, Graph

__all__ = ["AXES_AS_INPUT", "Array", "Attribute", "End", "Foreign", "Graph", "Operand", "Size", "State", "Value"]
