"""Writes an ONNX graph: values, constants stored once, nodes with descriptive names."""

import dataclasses
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from zoo.core.errors import RequestError
from zoo.exporter.graph.finishing import End, build_graph, unused, value_info
from zoo.exporter.graph.values import Array, Attribute, Foreign, Operand, Size, State, Value

#: First opset in which the axes of these reductions are an input; before it, they are an attribute.
AXES_AS_INPUT = {
    "ReduceMax": 18,
    "ReduceMean": 18,
    "ReduceMin": 18,
    "ReduceProd": 18,
    "ReduceSum": 13,
}

#: Prefix of names that belong to no layer.
OUTERMOST = "graph"


class Graph:
    """Collects nodes. Adding the same operation on the same inputs again returns the same value."""

    def __init__(
        self,
        opset: int,
        write: Callable[..., Any] | None = None,
        *,
        right_padded: bool = False,
        streaming: bool = False,
    ) -> None:
        """Starts an empty graph.

        Args:
            opset: version of ONNX's operator set.
            write: writes a call of a Keras layer or operation; called as `write(graph, operation, *args, **kwargs)`.
            right_padded: the promise that every mask is True up to some step of a row, and False from there on.
            streaming: whether layers keep what they need of earlier steps as states of the graph.
        """
        self.opset = opset
        self.right_padded = right_padded
        self.streaming = streaming
        #: Sequences from recurrent layers: name -> its mask, and its compacted valid steps, time-major.
        self.compacted: dict[str, tuple[Value, Value]] = {}
        self.states: dict[str, State] = {}
        self.foreign: list[Foreign] = []
        self._write = write
        self._scope = OUTERMOST
        self._names: set[str] = set()
        self._inputs: list[ValueInfoProto] = []
        self._nodes: list[NodeProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], TensorProto] = {}
        self._written: dict[tuple[object, ...], tuple[Value, ...]] = {}
        self._transposed: dict[str, tuple[Value, tuple[int, ...]]] = {}

    @contextmanager
    def scope(self, name: str | None) -> Generator[None, None, None]:
        """Prefixes names added inside with `name/`, after the prefixes of the enclosing scopes; None adds no prefix."""
        before = self._scope
        if name is not None:
            self._scope = name if before == OUTERMOST else f"{before}/{name}"
        try:
            yield
        finally:
            self._scope = before

    def input(self, name: str, dtype: str, sizes: Sequence[Size]) -> Value:
        """Declares an input of the graph."""
        name = self._unique(name)
        self._inputs.append(value_info(name, dtype, sizes))
        return Value(name, tuple(size if isinstance(size, int) else None for size in sizes), dtype)

    def fresh(self, name: str) -> str:
        """An unused name in the current scope."""
        return self._unique(f"{self._scope}/{name}")

    def write(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        """Writes a call of another Keras layer or operation; takes and returns tensors as `Value`s."""
        assert self._write is not None
        return self._write(self, operation, *args, **kwargs)

    def need(self, opset: int, what: str) -> None:
        """Requires at least this opset.

        Args:
            opset: the first one that has what is needed.
            what: what needs it; the error starts with this.

        Raises:
            RequestError: the graph's opset is older.
        """
        if self.opset < opset:
            raise RequestError(f"{what}: needs opset {opset}, got {self.opset}. Export with a newer --opset.")

    def state(self, name: str, sizes: Sequence[Size], dtype: str = "float32", variable: Any = None) -> Value:
        """The current value of a state; on first use, a new input of the graph.

        Args:
            name: name of the input; the output with its next value is called `<name>.next`.
            sizes: sizes of its axes.
            dtype: type of its elements.
            variable: Keras's variable for it, if the layer is stateful.
        """
        if name not in self.states:
            first = self.input(name, dtype, sizes)
            self.states[name] = State(variable, first, first)
        return self.states[name].now

    def unused_title(self, title: str, variables: Sequence[Any] = ()) -> str:
        """The layer's name for its states, numbered if the states of another layer already use it.

        Args:
            title: the layer's name.
            variables: Keras's variables for its states, which identify a layer that is called twice.
        """
        ids = {id(variable) for variable in variables}
        numbered, number = title, 1
        while any(
            name.startswith(f"state.{numbered}.") and id(state.variable) not in ids
            for name, state in self.states.items()
        ):
            number += 1
            numbered = f"{title}_{number}"
        return numbered

    def keep(self, name: str, value: Value) -> None:
        """Sets the current value of the state `name`."""
        state = self.states[name]
        state.now = dataclasses.replace(value, shape=state.first.shape, dtype=state.first.dtype)

    def constant(self, array: Array, name: str = "constant") -> Value:
        """Stores `array`; equal arrays are stored once, under the first name."""
        dtype = str(array.dtype)
        key = (dtype, array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = numpy_helper.from_array(
                np.array(array, order="C"), self._unique(f"{self._scope}/{name}")
            )
        return Value(self._constants[key].name, array.shape, dtype)

    def add(self, op: str, *operands: Operand, **attributes: Attribute) -> Value:
        """Adds a node with one output."""
        return self.add_multiple(op, *operands, outputs=1, **attributes)[0]

    def add_multiple(self, op: str, *operands: Operand, outputs: int, **attributes: Attribute) -> tuple[Value, ...]:
        """Adds a node with several outputs."""
        inputs = tuple(self._name_of(operand) for operand in operands)
        while inputs and inputs[-1] == "":  # onnxruntime 1.32 crashes on some operators with an empty last input
            inputs = inputs[:-1]
        key = (op, inputs, outputs, repr(sorted(attributes.items())))
        if key not in self._written:
            names = [self._unique(f"{self._scope}/{op}") for _ in range(outputs)]
            self._nodes.append(helper.make_node(op, inputs, names, names[0], **cast("dict[str, Any]", attributes)))
            self._written[key] = tuple(Value(name) for name in names)
        return self._written[key]

    def transpose(self, x: Value, axes: tuple[int, ...]) -> Value:
        """Reorders axes; transposing back and forth leaves no node behind."""
        source, before = self._transposed.get(x.name, (x, tuple(range(len(axes)))))
        together = tuple(before[axis] for axis in axes)
        if together == tuple(range(len(axes))):
            return source
        result = self.add("Transpose", source, perm=together)
        self._transposed[result.name] = (source, together)
        return result

    def reduce(self, op: str, x: Value, axes: Sequence[int], *, keepdims: bool = False) -> Value:
        """Adds a reduction, with the axes as input or attribute depending on the opset."""
        if self.opset >= AXES_AS_INPUT[op]:
            return self.add(op, x, np.array(axes, np.int64), keepdims=int(keepdims))
        return self.add(op, x, axes=list(axes), keepdims=int(keepdims))

    def cast(self, x: Value, dtype: str) -> Value:
        """Converts the element type, unless it is `dtype` already."""
        if x.dtype == dtype:
            return x
        result = self.add("Cast", x, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
        return dataclasses.replace(result, shape=x.shape, dtype=dtype)

    def finish(self, name: str, outputs: Sequence[End], also: Iterable[str] = ()) -> tuple[GraphProto, dict[str, str]]:
        """The graph written so far, with named outputs and without anything that no output needs.

        Args:
            name: name of the graph.
            outputs: name, value, dtype and sizes of each output.
            also: names of further values to output, under their own names and without a declared type.

        Returns:
            The graph, and the new name of each value that was renamed.
        """
        return build_graph(self.opset, name, self._inputs, self._nodes, list(self._constants.values()), outputs, also)

    def _name_of(self, operand: Operand) -> str:
        if operand is None:
            return ""
        return operand.name if isinstance(operand, Value) else self.constant(operand).name

    def _unique(self, name: str) -> str:
        return unused(name, self._names)
