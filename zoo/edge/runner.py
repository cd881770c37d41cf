"""A loaded bundle: raw input in, an answer out. Needs only numpy and onnxruntime (for text also tokenizers)."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.manifest import Manifest, Streaming
from zoo.edge.answers import Prediction
from zoo.edge.bundle import read_bundle
from zoo.edge.inputs import INPUTS, DeviceInput
from zoo.edge.opened import Contents, Opened
from zoo.edge.pieces import Pieces, beginning
from zoo.edge.ports import check_ports
from zoo.edge.selftest import differences, read_cases
from zoo.edge.sessions import open_session
from zoo.edge.stream import Stream
from zoo.edge.tasks import TASKS, DeviceTask
from zoo.edge.text_stream import TextStream

#: Number of windows that the model runs together.
WINDOWS = 64


class Runner:
    """A model that is ready to predict. It has no state between calls and may be used from several threads.

    Attributes:
        manifest: what the bundle says of the model.
    """

    def __init__(self, contents: Contents, threads: int = 1) -> None:
        """Opens the session, and whatever the model's input kind requires.

        Args:
            contents: the bundle.
            threads: number of threads that compute one operator.

        Raises:
            BundleError: onnxruntime cannot run the file, or its graph does not match the manifest.
        """
        self.manifest: Manifest = contents.manifest
        #: The table rows of the model's input kind and of its task.
        self.kind: DeviceInput = INPUTS[self.manifest.input.kind]
        self.task: DeviceTask = TASKS[self.manifest.task]
        self.opened: Opened = self.kind.open(contents)
        self._selftest = contents.selftest
        self._session = open_session(contents.model, contents.header, self.opened.where, threads)
        check_ports(self._session, self.manifest, self.kind.port(self.opened), self.task.axes, self.opened.where)

    def predict(self, x: str | npt.ArrayLike, **options: Any) -> Any:
        """Predicts for one input.

        Args:
            x: a text, or a (time, features) recording in the manifest's units.
            options: options of the model's input kind and task. Recordings: `rate_hz`, samples per second of `x`
                (default: the manifest's rate), or `time_s`, (time,) seconds of the rows. Next words: `top`, the number
                of words to propose (default: 3).

        Returns:
            The answer of the model's task: `Events`, `Tags`, `Label` or `Proposals`, each a `Prediction`.

        Raises:
            InputError: the input does not fit the model, or the model does not take an option. The message says where
                and what was expected.
        """
        return next(self._predictions([x], [self.kind.place], self._options(options)))

    def predict_batch(self, inputs: Sequence[str | npt.ArrayLike], **options: Any) -> list[Any]:
        """Predicts for several inputs: the same as `predict` for each, but faster for texts.

        Args:
            inputs: texts, or recordings of any lengths.
            options: as for `predict`, applied to every input.

        Raises:
            InputError: an input does not fit the model. Nothing was predicted.
        """
        if isinstance(inputs, str):
            raise InputError("inputs: expected a list of texts, got one text. Use predict.")
        places = [f"inputs[{index}]" for index in range(len(inputs))]
        return list(self._predictions(inputs, places, self._options(options)))

    def complete(self, start: str, words: int) -> str:
        """Continues a text, always with the likeliest word; only for models that propose words.

        Args:
            start: the beginning of the text.
            words: number of words and punctuation marks to add.

        Returns:
            `start` with the added words.
        """
        if self.task.complete is None:
            tasks = " or ".join(name for name, task in TASKS.items() if task.complete is not None)
            raise InputError(f"complete: expected a {tasks} model, got one for {self.task.name}. Load a {tasks} model.")
        if words < 1:
            raise InputError(f"words: expected at least 1, got {words}.")
        streaming = self.manifest.streaming
        pieces = None if streaming is None else self._pieces(streaming)
        return self.task.complete(self.opened, self.run, pieces, start, words)

    def stream(self, *, rate_hz: float | None = None) -> Stream | TextStream:
        """Opens a stream of live input: `Stream` for a sensor, `TextStream` for a text that is being typed.

        Each stream has its own state, so one model may serve several streams.

        Args:
            rate_hz: for recordings: samples pushed per second, approximate if they have times. Default: the
                manifest's rate.

        Raises:
            InputError: the model needs its complete input.
        """
        streaming = self.manifest.streaming
        if streaming is None or self.task.stream is None:
            raise InputError(
                f"{self.opened.where}: expected a streaming model, got one that needs its complete input. "
                "Export a causal recipe with this version of sequence-zoo."
            )
        options = self._options({"rate_hz": rate_hz})
        return self.task.stream(self.opened, self._pieces(streaming), streaming, **options)

    def run(self, array: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Runs the graph and returns its raw output.

        Args:
            array: (batch, time, features) values or (batch, time) right-padded ids, as the manifest specifies.

        Returns:
            The output as the manifest specifies.

        Raises:
            InputError: not numbers, wrong shape, no rows or time steps, or ids outside the vocabulary.
        """
        feed = self.kind.feed(self.opened, array)
        streaming = self.manifest.streaming
        states = {} if streaming is None else beginning(streaming, len(feed))
        output = self._session.run([self.manifest.output.name], {self.manifest.input.name: feed, **states})[0]
        return cast("npt.NDArray[np.float32]", output)

    def self_test(self) -> list[str]:
        """Runs the bundle's inputs with known answers on this device.

        Returns:
            One line per difference; none if the answers on this device match those at export.

        Raises:
            BundleError: the bundle has no such inputs.
        """
        cases = read_cases(self._selftest, self.opened.where)
        return [f"{self.opened.where}: {line}" for line in differences(cases, self.predict)]

    def _predictions(
        self, inputs: Sequence[object], places: Sequence[str], options: dict[str, Any]
    ) -> Iterator[Prediction]:
        """Yields the answers in order; all inputs are checked before the first one."""
        input_options = {name: value for name, value in options.items() if name in self.kind.options}
        task_options = {name: value for name, value in options.items() if name in self.task.options}
        if self.task.check is not None:
            self.task.check(self.opened, **task_options)
        rows = self.kind.rows(self.opened, inputs, places, **input_options)
        if self.task.cut is not None and any(self.task.cut(self.opened, len(row)) for row in rows):
            yield from (self._windowed(row, place, task_options) for row, place in zip(rows, places, strict=True))
            return
        for first in range(0, len(rows), self.kind.batch):
            part = slice(first, first + self.kind.batch)
            outputs = self.run(self.kind.pad(self.opened, rows[part]))
            for output, row, place in zip(outputs, rows[part], places[part], strict=True):
                unpadded = output[: len(row) // self.manifest.piece] if self.task.axes == 3 else output
                yield self.task.answer(self.opened, unpadded, place, **task_options)

    def _windowed(self, row: npt.NDArray[Any], place: str, task_options: Mapping[str, Any]) -> Prediction:
        """The answer to an input that the model runs window by window."""
        assert self.task.cut is not None
        spans = self.task.cut(self.opened, len(row))
        windows = [np.asarray(row[first:behind]) for first, behind in spans]
        parts = [windows[start : start + WINDOWS] for start in range(0, len(windows), WINDOWS)]
        outputs = np.concatenate([self.run(np.stack(part)) for part in parts])
        return self.task.answer(self.opened, outputs, place, spans=spans, **task_options)

    def _pieces(self, streaming: Streaming) -> Pieces:
        _, (_, _, *sizes) = self.kind.port(self.opened)
        return Pieces(self._session, self.manifest, streaming, tuple(size for size in sizes if size is not None))

    def _options(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The options that are not None; refuses those that this model does not take."""
        options = {name: value for name, value in values.items() if value is not None}
        for name in options:
            if name not in (*self.kind.options, *self.task.options):
                raise InputError(f"{name}: a model for {self.task.name} does not take this option. Leave it out.")
        return options


def load(path: str | os.PathLike[str]) -> Runner:
    """Loads a bundle.

    Args:
        path: the bundle's folder, or only its ONNX file, which is sufficient.

    Raises:
        BundleError: it is missing, damaged, not a bundle, or needs something that this device does not have.
    """
    return Runner(read_bundle(path))
