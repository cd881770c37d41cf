"""A loaded bundle: raw input in, a prediction out. Needs numpy and onnxruntime alone (text: also tokenizers)."""

import os
from collections.abc import Sequence
from numbers import Integral
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.events import detect
from zoo.core.manifest import Manifest, SensorInput, TextInput
from zoo.edge import sensor, text
from zoo.edge.answers import Prediction
from zoo.edge.bundle import Contents, read_bundle
from zoo.edge.pieces import Pieces, beginning
from zoo.edge.selftest import differences, read_cases
from zoo.edge.sessions import check_ports, open_session
from zoo.edge.stream import Stream
from zoo.edge.text_stream import TextStream

#: Rows that go through the model together; more would gain nothing and cost memory.
BATCH = 32
#: Words that next-word proposes.
TOP = 3


class Runner:
    """A model ready to predict. It keeps nothing between calls and may be used from several threads."""

    def __init__(self, contents: Contents, threads: int = 1) -> None:
        """Opens the session, and the tokeniser if the model reads text.

        Args:
            contents: the bundle.
            threads: that compute one operator together.

        Raises:
            BundleError: onnxruntime cannot run the file, or its graph is not what the manifest says.
        """
        self.manifest: Manifest = contents.manifest
        self._where = str(contents.path)
        self._selftest = contents.selftest
        spec = self.manifest.input
        reads_text = isinstance(spec, TextInput)
        self._tokenizer = text.open_tokenizer(contents.tokenizer, spec, self._where) if reads_text else None
        self._session = open_session(contents.model, contents.header, self._where, threads)
        check_ports(self._session, self.manifest, self._where)

    def predict(
        self,
        x: str | npt.ArrayLike,
        *,
        top: int | None = None,
        rate_hz: float | None = None,
        time_s: npt.ArrayLike | None = None,
    ) -> Prediction:
        """Predicts for one input.

        Args:
            x: a text, or a (time, features) recording in the manifest's units.
            top: next-word: how many words, 3 if not given.
            rate_hz: event-detection: samples a second of `x`; the manifest's rate if not given.
            time_s: event-detection: (time,) seconds of the rows, instead of `rate_hz`.

        Raises:
            InputError: the input does not fit the model. Says where and what was expected.
        """
        if isinstance(self.manifest.input, SensorInput):
            self._refuse(top=top)
            return self._predict_recording(x, rate_hz, time_s, "values")
        self._refuse(rate_hz=rate_hz, time_s=time_s)
        return self._predict_texts([x], top, ["text"])[0]

    def predict_batch(
        self, inputs: Sequence[str | npt.ArrayLike], *, top: int | None = None, rate_hz: float | None = None
    ) -> list[Prediction]:
        """Predicts for many inputs: the same as `predict` for each, faster for texts.

        Args:
            inputs: texts or recordings, the recordings of any lengths.
            top: as for `predict`.
            rate_hz: as for `predict`, of all recordings.

        Raises:
            InputError: an input does not fit the model. Nothing was predicted.
        """
        if isinstance(inputs, str):
            raise InputError("inputs: expected a list of texts, got one text. Use predict.")
        places = [f"inputs[{index}]" for index in range(len(inputs))]
        if isinstance(self.manifest.input, SensorInput):
            self._refuse(top=top)
            return [self._predict_recording(x, rate_hz, None, at) for x, at in zip(inputs, places, strict=True)]
        self._refuse(rate_hz=rate_hz)
        return self._predict_texts(inputs, top, places)

    def complete(self, start: str, words: int) -> str:
        """Goes on writing a text, always with the likeliest word (next-word only).

        Args:
            start: the text's beginning.
            words: how many words and punctuation marks to add.

        Returns:
            `start` and what follows.
        """
        if self.manifest.task != "next-word":
            raise InputError(f"complete: expected a next-word model, got one for {self.manifest.task}.")
        if words < 1:
            raise InputError(f"words: expected at least 1, got {words}.")
        spec, tokenizer = self._text_parts()
        row = text.rows(tokenizer, [text.check(start, "text")], spec)[0]
        text.check_row(row, spec, "text")
        streaming, added = self.manifest.streaming, list[int]()
        if streaming is not None:  # a step a word, however long the text becomes
            pieces = Pieces(self._session, self.manifest, streaming)
            for _ in range(words):
                last = pieces.run(np.asarray(added[-1:] or row, np.int32))[-1]
                added.append(int(self._best(last, 1)[0][0]))
        else:
            for _ in range(words):
                added.append(int(self._next_words([[*row, *added][-spec.max_tokens :]], 1)[0][0][0]))
        return text.attach_marks(f"{start.rstrip()} {tokenizer.decode(added)}")

    def stream(self, *, rate_hz: float | None = None) -> Stream | TextStream:
        """A stream of live input: `Stream` for a sensor, `TextStream` for a text that is being typed.

        It has a state of its own; one model may serve many.

        Args:
            rate_hz: sensors: how many samples a second are pushed, about, if they come with their times; the manifest's
                rate if not given.

        Raises:
            InputError: the model needs the whole of its input.
        """
        streaming, spec = self.manifest.streaming, self.manifest.input
        if streaming is None:
            raise InputError(
                f"{self._where}: expected a model for streams, got one that needs the whole of its input. "
                "Export a causal recipe with this version of sequence-zoo."
            )
        pieces = Pieces(self._session, self.manifest, streaming)
        if isinstance(spec, SensorInput):
            return Stream(pieces, self.manifest, streaming, rate_hz, self._where)
        self._refuse(rate_hz=rate_hz)
        return TextStream(pieces, self.manifest, self._text_parts()[1], self._proposal_of, self._where)

    def run(self, array: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """The graph's own output.

        Args:
            array: (batch, time, features) values or (batch, time) right-padded ids, as the manifest says.

        Returns:
            The output as the manifest says.

        Raises:
            InputError: no numbers, wrong shape, no rows or time steps, or ids outside the vocabulary.
        """
        spec = self.manifest.input
        feed = _numbers(array, spec)
        last = (spec.width,) if isinstance(spec, SensorInput) else ()
        if feed.ndim != 2 + len(last) or feed.shape[2:] != last or 0 in feed.shape:
            sizes = ", ".join(["batch", "time", *map(str, last)])
            raise InputError(f"{spec.name}: expected shape ({sizes}), none of them 0, got {feed.shape}.")
        if isinstance(spec, TextInput) and not (feed.min() >= 0 and feed.max() < spec.vocabulary):
            got = f"{feed.min()} to {feed.max()}"
            raise InputError(f"{spec.name}: expected ids from 0 to {spec.vocabulary - 1}, got {got}.")
        # After the checks: a large id would come out of the cast as another one.
        feed = np.ascontiguousarray(feed, spec.dtype)
        streaming = self.manifest.streaming
        states = {} if streaming is None else beginning(streaming, len(feed))
        output = self._session.run([self.manifest.output.name], {spec.name: feed, **states})[0]
        return cast("npt.NDArray[np.float32]", output)

    def self_test(self) -> list[str]:
        """Runs the inputs with known answers that the bundle carries on this device.

        Returns:
            One line for each difference: none if this device computes what was computed at export.

        Raises:
            BundleError: the bundle carries no such inputs.
        """
        cases = read_cases(self._selftest, self._where)
        return [f"{self._where}: {line}" for line in differences(cases, self.predict)]

    def _predict_recording(
        self, x: object, rate_hz: float | None, time_s: npt.ArrayLike | None, where: str
    ) -> Prediction:
        spec, rule = self.manifest.input, self.manifest.events
        assert isinstance(spec, SensorInput)
        assert rule is not None
        values = sensor.recording(x, spec, rate_hz, time_s, where)
        steps = _finite(self.run(values[None])[0, :, 0], where)
        piece = 1 if self.manifest.streaming is None else self.manifest.streaming.piece
        events = tuple(detect(steps, rule, spec.sample_rate_hz / piece))
        score = float(steps.max())
        return Prediction(rule.label if events else "none", score, {rule.label: score}, events, steps)

    def _predict_texts(self, texts: Sequence[object], top: int | None, places: Sequence[str]) -> list[Prediction]:
        if self.manifest.task != "next-word":
            self._refuse(top=top)
        spec, tokenizer = self._text_parts()
        checked = [text.check(x, where) for x, where in zip(texts, places, strict=True)]
        rows = text.rows(tokenizer, checked, spec) if checked else []
        for row, where in zip(rows, places, strict=True):
            text.check_row(row, spec, where)
        predictions: list[Prediction] = []
        for first in range(0, len(rows), BATCH):
            part = rows[first : first + BATCH]
            if self.manifest.task == "next-word":
                predictions += [self._proposal(*best) for best in self._next_words(part, self._top(top))]
            else:
                predictions += [self._sentiment(p) for p in _finite(self.run(text.pad(part, spec.pad_id)), "text")]
        return predictions

    def _sentiment(self, probabilities: npt.NDArray[np.float32]) -> Prediction:
        scores = dict(zip(self.manifest.output.labels, map(float, probabilities), strict=True))
        label = max(scores, key=lambda name: scores[name])
        return Prediction(label, scores[label], scores)

    def _next_words(
        self, rows: list[list[int]], top: int
    ) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]]:
        """The ids of the `top` likeliest words after each row, best first, and their probabilities."""
        spec, _ = self._text_parts()
        output = self.run(text.pad(rows, spec.pad_id))
        ends = np.array([len(row) - 1 for row in rows])
        return [self._best(last, top) for last in output[np.arange(len(rows)), ends]]

    def _best(
        self, probabilities: npt.NDArray[np.float32], top: int
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
        """The ids of the `top` likeliest words, best first, and their probabilities."""
        last: npt.NDArray[np.float32] = np.array(_finite(probabilities, "text"), np.float32)
        last[list(self.manifest.output.never)] = -1.0
        best = np.argsort(-last, kind="stable")[:top]
        return best, last[best]

    def _proposal_of(self, probabilities: npt.NDArray[np.float32], top: int | None) -> Prediction:
        return self._proposal(*self._best(probabilities, self._top(top)))

    def _proposal(self, ids: npt.NDArray[np.intp], probabilities: npt.NDArray[np.float32]) -> Prediction:
        _, tokenizer = self._text_parts()
        scores = {tokenizer.token(int(id_)): float(p) for id_, p in zip(ids, probabilities, strict=True)}
        label = next(iter(scores))
        return Prediction(label, scores[label], scores)

    def _top(self, top: int | None) -> int:
        spec, _ = self._text_parts()
        most = spec.vocabulary - len(set(self.manifest.output.never))
        wanted = min(TOP, most) if top is None else top
        if not isinstance(wanted, Integral) or not 1 <= wanted <= most:
            raise InputError(f"top: expected 1 to {most} words, got {wanted!r}.")
        return wanted

    def _text_parts(self) -> tuple[TextInput, text.Tokenizer]:
        spec = self.manifest.input
        assert isinstance(spec, TextInput)
        assert self._tokenizer is not None
        return spec, self._tokenizer

    def _refuse(self, **options: object) -> None:
        """Refuses options that are given but mean nothing for this task."""
        for name, value in options.items():
            if value is not None:
                raise InputError(f"{name}: a model for {self.manifest.task} does not take this option.")


def load(path: str | os.PathLike[str]) -> Runner:
    """Loads a bundle.

    Args:
        path: the bundle's folder, or its ONNX file alone: the file is enough.

    Raises:
        BundleError: it is missing, damaged, not a bundle, or needs something that this device does not have.
    """
    return Runner(read_bundle(path))


def _numbers(array: npt.ArrayLike, spec: SensorInput | TextInput) -> npt.NDArray[Any]:
    """The array as it was given, refused if it does not hold numbers, or ids, at all."""
    try:
        given: npt.NDArray[Any] = np.asarray(array)
    except ValueError:
        raise InputError(f"{spec.name}: expected an array, got rows of different lengths.") from None
    if given.dtype.kind not in ("fiu" if isinstance(spec, SensorInput) else "iu") and given.size:
        what = "numbers" if isinstance(spec, SensorInput) else "whole numbers"
        raise InputError(f"{spec.name}: expected {what}, got {given.dtype}.")
    return given


def _finite(output: npt.NDArray[np.float32], where: str) -> npt.NDArray[np.float32]:
    """The output itself. A score that is NaN would compare as "no event" for ever: better to say so."""
    if not np.isfinite(output).all():
        raise InputError(f"{where}: expected finite scores, the model gave NaN: the input is beyond what it can take.")
    return output
