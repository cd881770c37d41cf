"""Runs a graph on live input piece by piece: each piece continues from the states after the one before."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.manifest import Manifest, Streaming
from zoo.edge.sessions import Session

Array = npt.NDArray[Any]


def beginning(streaming: Streaming, batch: int) -> dict[str, Array]:
    """The initial states of a stream or a complete recording, by the names of the inputs."""
    return {state.input: np.full((batch, *state.sizes), state.initial, np.float32) for state in streaming.states}


class Pieces:
    """One stream through a session. Each stream has its own states, so one session may serve many streams."""

    def __init__(self, session: Session, manifest: Manifest, streaming: Streaming, sizes: tuple[int, ...] = ()) -> None:
        """Starts a stream; `sizes` are the sizes of one time step of the input."""
        self._session, self._manifest, self._streaming = session, manifest, streaming
        self.states = beginning(streaming, 1)
        self._shortest = _Bound(session, manifest, streaming, sizes)

    def run(self, piece: Array) -> Array:
        """Runs the next piece.

        Args:
            piece: (time, features) float32 or (time,) int32; the time is a multiple of the manifest's `piece`.

        Returns:
            (time / piece, outputs) float32; valid until the next call.
        """
        if len(piece) == self._streaming.piece:
            output, self.states = self._shortest.run(piece, self.states)
            return output
        names = [self._manifest.output.name, *(state.output for state in self._streaming.states)]
        output, *after = self._session.run(names, {self._manifest.input.name: piece[None], **self.states})
        self.states = {state.input: value for state, value in zip(self._streaming.states, after, strict=True)}
        return output[0]

    def restore(self, states: Mapping[str, Any]) -> None:
        """Continues from saved states.

        Args:
            states: for each state's input, numbers of its sizes, as an array or nested lists.

        Raises:
            ValueError: other sizes, or not numbers. Nothing was changed.
        """
        restored = {name: np.ascontiguousarray(states[name], np.float32) for name in self.states}
        if any(restored[name].shape != state.shape for name, state in self.states.items()):
            raise ValueError(f"states: expected the sizes of {list(self.states)}")
        self.states = restored

    def reset(self) -> None:
        """Resets the states to their initial values."""
        self.states = beginning(self._streaming, 1)


class _Bound:
    """Runs the shortest piece through memory that is bound once, which halves the overhead of a run.

    Runs alternate between two sets of states, because a run may write an output before it has read the input.
    """

    def __init__(self, session: Session, manifest: Manifest, streaming: Streaming, step: tuple[int, ...]) -> None:
        spec, output = manifest.input, manifest.output
        self._names = [state.input for state in streaming.states]
        self._sets = [beginning(streaming, 1) for _ in range(2)]
        self._input = np.zeros((1, streaming.piece, *step), spec.dtype)
        sizes = {port.name: port.shape for port in session.get_outputs()}
        self._output = np.zeros((1, 1, int(sizes[output.name][-1] or 1)), np.float32)
        self._session = session
        self._bindings: list[Any] = []
        for number in range(2):
            before, after = self._sets[number], self._sets[1 - number]
            binding = session.io_binding()
            _bind(binding.bind_input, spec.name, self._input)
            _bind(binding.bind_output, output.name, self._output)
            for state in streaming.states:
                _bind(binding.bind_input, state.input, before[state.input])
                _bind(binding.bind_output, state.output, after[state.input])
            self._bindings.append(binding)

    def run(self, piece: Array, states: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
        """The output, (1, outputs), and the states after it: the next run overwrites the output, the one after both."""
        number = 1 if states is self._sets[1] else 0
        if states is not self._sets[number]:
            for name in self._names:
                np.copyto(self._sets[number][name], states[name])
        np.copyto(self._input[0], piece)
        self._session.run_with_iobinding(self._bindings[number])
        return self._output[0], self._sets[1 - number]


def _bind(bind: Any, name: str, array: Array) -> None:
    bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
