"""Measures a file's speed and size on this device, and compares two files that are timed in turns."""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoo.core.errors import InputError
from zoo.core.progress import SILENT, Progress
from zoo.edge.bundle import model_file
from zoo.edge.device.cold import Cold, start_cold
from zoo.edge.device.timing import Call, Clock, Ratio, Times, ratio, summarised, time_in_turns
from zoo.edge.device.trial import Trial, open_trial

#: Number of rounds over which the time of each row is spread.
ROUNDS = 10
#: Number of fresh processes that are started.
STARTS = 3
#: Batch sizes that are timed.
BATCHES = (1, 8)


@dataclass(frozen=True)
class Row:
    """The times of one kind of call.

    Attributes:
        file: the file as named by the user.
        what: "answer": raw input to prediction. "window": only the graph. "sample" or "word": pushed into a stream.
        threads: number of threads that compute one operator.
        batch: windows per call.
        steps: time steps per window, 1 for a sample or word.
        times: seconds per call.
    """

    file: str
    what: str
    threads: int
    batch: int
    steps: int
    times: Times

    @property
    def windows_per_second(self) -> float:
        """Windows, samples or words per second."""
        return self.times.per_second * self.batch

    @property
    def steps_per_second(self) -> float:
        """Time steps per second."""
        return self.windows_per_second * self.steps


@dataclass(frozen=True)
class Compared:
    """Ratio of the second file's time to the first file's for the same kind of call, timed in turns."""

    what: str
    threads: int
    batch: int
    ratio: Ratio


@dataclass(frozen=True)
class FileCost:
    """A file's size, start-up time and memory.

    Attributes:
        file: the file as named by the user.
        input: description of its input.
        size_bytes: size of the ONNX file.
        start_s: time from the start of a fresh process to its first answer, the median of several.
        import_s: the part of it for `import zoo.edge`.
        load_s: the part of it for importing onnxruntime and opening the file.
        loaded_bytes: resident memory after the first answer, the median; None where the system does not report it.
    """

    file: str
    input: str
    size_bytes: int
    start_s: float
    import_s: float
    load_s: float
    loaded_bytes: int | None


@dataclass(frozen=True)
class Benchmark:
    """All measurements."""

    rows: tuple[Row, ...]
    costs: tuple[FileCost, ...]
    compared: tuple[Compared, ...] = ()


@dataclass(frozen=True)
class _Key:
    file: str
    what: str
    threads: int
    batch: int
    steps: int


def bench(
    path: str | os.PathLike[str],
    *,
    versus: str | os.PathLike[str] | None = None,
    threads: Sequence[int] = (1,),
    seconds: float = 1.0,
    steps: int | None = None,
    clock: Clock = time.perf_counter,
    start: Callable[..., Cold] = start_cold,
    progress: Progress = SILENT,
) -> Benchmark:
    """Times a file, or two in turns.

    Args:
        path: a bundle's folder or an ONNX file.
        versus: another one, for the ratio.
        threads: numbers of threads that compute one operator; each is timed.
        seconds: time to spend on each row of the result.
        steps: time steps of a window. Default: those of the model's windows, or else of the golden input.
        clock: returns monotonic seconds.
        start: runs a file in a fresh process.
        progress: receives every turn.

    Raises:
        BundleError: a file is missing, damaged, or this onnxruntime cannot run it.
        InputError: an option has an invalid value.
    """
    _check(threads, seconds, steps)
    files = [os.fspath(path)] if versus is None else [os.fspath(path), os.fspath(versus)]
    names = [f"{file} (again)" if file in files[:index] else file for index, file in enumerate(files)]
    opened = {
        (name, count): open_trial(file, threads=count, steps=steps)
        for name, file in zip(names, files, strict=True)
        for count in threads
    }
    calls = {key: call for (name, count), trial in opened.items() for key, call in _calls(name, count, trial).items()}
    # Calls to be compared are adjacent, so that their turns follow one another.
    ordered = sorted(calls, key=lambda key: (key.threads, _ORDER.index(key.what), key.batch, names.index(key.file)))
    with progress.bar("timing", len(calls) * ROUNDS, "turns") as advance:
        rounds = time_in_turns({key: calls[key] for key in ordered}, seconds, ROUNDS, clock, lambda: advance(1))
    rows = [Row(key.file, key.what, key.threads, key.batch, key.steps, summarised(rounds[key])) for key in ordered]
    with progress.bar("starting fresh processes", STARTS * len(files), "starts") as advance:
        costs = [
            _cost(name, file, opened[name, threads[0]].input_description, start, lambda: advance(1))
            for name, file in zip(names, files, strict=True)
        ]
    return Benchmark(tuple(rows), tuple(costs), _compared(rounds, names))


#: The order of the rows.
_ORDER = ("answer", "window", "sample", "word")


def _check(threads: Sequence[int], seconds: float, steps: int | None) -> None:
    if not threads or min(threads) < 1:
        raise InputError(f"threads: expected at least 1, got {', '.join(map(str, threads)) or 'none'}.")
    if not 0 < seconds < float("inf"):
        raise InputError(f"seconds: expected more than 0, got {seconds:g}.")
    if steps is not None and steps < 1:
        raise InputError(f"window: expected at least 1 time step, got {steps}.")


def _calls(name: str, threads: int, trial: Trial) -> dict[_Key, Call]:
    calls: dict[_Key, Call] = {}
    if trial.answer is not None:
        calls[_Key(name, "answer", threads, 1, trial.steps)] = trial.answer
    for batch in BATCHES if trial.batch is None else (trial.batch,):
        call = trial.windows(batch)
        if batch in (1, trial.batch) or _runs(call):
            calls[_Key(name, "window", threads, batch, trial.steps)] = call
    if trial.push is not None:
        calls[_Key(name, trial.push_unit, threads, 1, 1)] = trial.push
    return calls


def _runs(call: Call) -> bool:
    """Whether the graph accepts the batch size: a user's own graph may declare that it does, and still fail."""
    try:
        call()
    except Exception:  # onnxruntime's own classes are private
        return False
    return True


def _cost(
    name: str, file: str, input_description: str, start: Callable[..., Cold], done: Callable[[], None]
) -> FileCost:
    starts: list[Cold] = []
    for _ in range(STARTS):
        starts.append(start(file, runs=0, idle_s=0.0))
        done()
    loaded_bytes = [cold.loaded_bytes for cold in starts if cold.loaded_bytes is not None]
    return FileCost(
        name,
        input_description,
        model_file(Path(file)).stat().st_size,
        statistics.median(cold.start_s for cold in starts),
        statistics.median(cold.import_s for cold in starts),
        statistics.median(cold.load_s for cold in starts),
        int(statistics.median(loaded_bytes)) if loaded_bytes else None,
    )


def _compared(rounds: dict[_Key, list[list[float]]], names: Sequence[str]) -> tuple[Compared, ...]:
    """The ratio for each kind of call that both files have."""
    if len(names) < 2:
        return ()
    second = {(key.what, key.threads, key.batch): times for key, times in rounds.items() if key.file == names[1]}
    return tuple(
        Compared(key.what, key.threads, key.batch, ratio(second[place], times))
        for key, times in rounds.items()
        if key.file == names[0] and (place := (key.what, key.threads, key.batch)) in second
    )
