"""A training in a process of its own, which goes on only when it is its turn."""

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
    """What the parent asks for: to go on until both `steps` and `seconds` are reached.

    Attributes:
        uncounted: steps before those; they bring back into the caches what another training pushed out.
    """

    steps: int
    seconds: float = 0.0
    uncounted: int = 0


@dataclass(frozen=True)
class Burst:
    """What a turn gave.

    Attributes:
        steps: how many were counted.
        seconds: of the wall clock, in these steps.
        cpu: seconds of the CPU.
        loss: mean over the steps since the epoch began.
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
    """The training cannot begin or go on, and why: one line."""

    reason: str


class Turns:
    """Lets a training go on a turn at a time; between turns it waits and uses no processor."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self) -> None:
        """Waits for the first turn and starts the clock. To be called just before the training starts."""
        self._connection.send(Ready())
        self._wait()

    def stepped(self, loss: float, counted: bool = True) -> None:
        """To be called after every step; returns when the next one may begin.

        Args:
            loss: mean over the steps since the epoch began.
            counted: whether the time since the step before was all this step's.

        Raises:
            EOFError: there are no more turns; or BrokenPipeError.
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


#: A training from its first step on; it ends when there are no more turns, with the error that says so.
Train = Callable[[Turns], None]


@dataclass(frozen=True)
class Contender:
    """A way to train.

    Attributes:
        module: has `prepare(row, way)`, which builds the model and returns its `Train`; imported in the child only.
        way: what `prepare` is told.
        environment: what the child's environment has besides.
    """

    title: str
    module: str
    way: str
    environment: Mapping[str, str] = field(default_factory=dict)


#: glibc then keeps what it got from the system instead of giving it back and asking again at every step
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
    """The child process: loads, builds, and trains in turns until the parent hangs up.

    Args:
        connection: to the parent.
        row: what to train.
        contender: how.
        core: number of the core to run on; None: any.
    """
    with silenced():
        try:
            module = importlib.import_module(contender.module)
            pin(core)  # after the imports, which may share the machine, and before there are threads that compute
            module.prepare(row, contender.way)(Turns(connection))
        except (EOFError, BrokenPipeError, KeyboardInterrupt):
            return
        except Exception as error:  # whatever goes wrong in a peer: it is that peer's cell in the table
            connection.send(Failed(why(error)))


def pin(core: int | None) -> None:
    """Keeps all threads of this process, also those to come, on one core."""
    if core is None:
        return
    for thread in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def core_to_pin() -> int | None:
    """The last of the cores that this process may use; None where the system cannot keep a process on one."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else None
