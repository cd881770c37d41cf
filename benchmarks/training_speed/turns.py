"""A training in a separate process, which runs only during its turns."""

import importlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.quiet import silenced
from benchmarks.reasons import why
from benchmarks.training_speed.workloads import Row


@dataclass(frozen=True)
class Turn:
    """A request of the parent: to train until both `steps` and `seconds` are reached.

    Attributes:
        steps: smallest number of counted steps.
        seconds: smallest duration of the counted steps.
        uncounted: steps before those, which reload the caches after another training.
    """

    steps: int
    seconds: float = 0.0
    uncounted: int = 0


@dataclass(frozen=True)
class Burst:
    """The result of a turn.

    Attributes:
        steps: number of counted steps.
        seconds: wall-clock time of these steps.
        cpu: CPU time of these steps in seconds.
        loss: mean over the steps since the start of the epoch.
    """

    steps: int
    seconds: float
    cpu: float
    loss: float


@dataclass(frozen=True)
class Ready:
    """The model is built; the training can begin."""


@dataclass(frozen=True)
class Failed:
    """The training cannot begin or continue, and the reason in one line."""

    reason: str


class Turns:
    """Runs a training one turn at a time; between turns it waits without using the processor."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self) -> None:
        """Waits for the first turn and starts the clock. Call it immediately before the training starts."""
        self._connection.send(Ready())
        self._wait()

    def stepped(self, loss: float, counted: bool = True) -> None:
        """Ends a step, and returns when the next one may begin. Call it after every step.

        Args:
            loss: mean over the steps since the start of the epoch.
            counted: whether all of the time since the previous step belongs to this step.

        Raises:
            EOFError: there are no more turns. May also be BrokenPipeError.
        """
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        if self._uncounted > 0:
            self._uncounted -= 1
        elif counted:
            self._steps, self._spent = self._steps + 1, (self._spent[0] + wall, self._spent[1] + cpu)
        if self._steps >= self._turn.steps and self._spent[0] >= self._turn.seconds:
            self._connection.send(Burst(self._steps, *self._spent, loss))
            self._wait()
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def _wait(self) -> None:
        self._turn: Turn = self._connection.recv()
        self._uncounted, self._steps, self._spent = self._turn.uncounted, 0, (0.0, 0.0)
        self._wall, self._cpu = time.perf_counter(), time.process_time()


#: Runs a training from its first step on; ends with an error when there are no more turns.
Train = Callable[[Turns], None]


@dataclass(frozen=True)
class Contender:
    """A way to train.

    Attributes:
        title: name in tables.
        module: module with `prepare(row, way)`, which builds the model and returns its `Train`; imported in the child.
        way: argument of `prepare`.
        environment: additional variables of the child's environment.
    """

    title: str
    module: str
    way: str
    environment: Mapping[str, str] = field(default_factory=dict)


#: With these variables glibc keeps memory instead of returning it to the system and requesting it again at every step
#: (https://man7.org/linux/man-pages/man3/mallopt.3.html; 32 MiB is the highest threshold that it accepts).
KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(1 << 26),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
}

CONTENDERS = {
    "zoo": Contender("zoo", "benchmarks.training_speed.in_keras", "zoo"),
    "keras": Contender("Keras", "benchmarks.training_speed.in_keras", "stock"),
    "keras-jit": Contender("Keras jit", "benchmarks.training_speed.in_keras", "jit"),
    "pytorch": Contender("PyTorch", "benchmarks.training_speed.in_pytorch", "plain"),
    "pytorch-tuned": Contender("PyTorch tuned", "benchmarks.training_speed.in_pytorch", "tuned", KEEP_MEMORY),
}


def take_part(connection: Connection, row: Row, contender: Contender, core: int | None) -> None:
    """The child process: loads, builds, and trains in turns until the parent closes the connection.

    Args:
        connection: connection to the parent.
        row: what to train.
        contender: how to train it.
        core: number of the core to run on; None for any.
    """
    with silenced():
        try:
            module = importlib.import_module(contender.module)
            pin(core)  # after the imports, which may use all cores, and before computing threads start
            module.prepare(row, contender.way)(Turns(connection))
        except (EOFError, BrokenPipeError, KeyboardInterrupt):
            return
        except Exception as error:  # any error of a contender is shown in its cell of the table
            connection.send(Failed(why(error)))


def pin(core: int | None) -> None:
    """Pins all threads of this process, including future ones, to one core."""
    if core is None:
        return
    for thread in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def core_to_pin() -> int | None:
    """The last of the cores that this process may use; None if the system cannot pin a process to a core."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else None
