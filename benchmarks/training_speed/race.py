"""Trains the contenders of a row in turns, each in a separate process."""

import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

from benchmarks.training_speed.results import Measurement
from benchmarks.training_speed.turns import CONTENDERS, Burst, Contender, Failed, Ready, Turn, take_part
from benchmarks.training_speed.workloads import Row

WARM_UP = 8  # steps before the first that counts; the first of them is timed separately
FEWEST = 2  # counted steps of a turn, however slow
TIMEOUT_S = 180  # for one answer of a child
EXIT_S = 5  # until a child that closed its connection has ended
AGREEMENT = 1e-3  # of the losses of contenders with equal initial weights and without random numbers

Answer = TypeVar("Answer", Ready, Burst)


class LossError(Exception):
    """Two contenders whose losses should be equal differ; the message names them."""


class Runner:
    """A contender's process, controlled by the parent. After a failure, its turns have no effect."""

    def __init__(self, row: Row, contender: Contender, core: int | None) -> None:
        """Starts the process."""
        processes = multiprocessing.get_context("spawn")
        self._connection, child_connection = processes.Pipe()
        arguments = (child_connection, row, contender, core)
        self._process = processes.Process(target=take_part, args=arguments, daemon=True)
        with _environment(contender.environment):
            self._process.start()
        child_connection.close()
        self.reason: str | None = None
        self.bursts: list[Burst] = []

    def ready(self) -> None:
        """Waits until the model is built."""
        self._answer(Ready)

    def go(self, turn: Turn) -> None:
        """Trains for a turn and keeps the result."""
        if self.reason is None:
            with suppress(OSError):  # if the process has ended, waiting for its answer yields the exit code
                self._connection.send(turn)
            if (burst := self._answer(Burst)) is not None:
                self.bursts.append(burst)

    def stop(self) -> None:
        """Ends the process."""
        self._connection.close()
        self._process.terminate()
        self._process.join()

    def _answer(self, expected: type[Answer]) -> Answer | None:
        """The child's next message; None if it failed, with the reason in `reason`."""
        try:
            if not self._connection.poll(TIMEOUT_S):
                self._process.terminate()  # otherwise it would disturb the other contenders
                self.reason = f"no answer within {TIMEOUT_S} s"
                return None
            message = self._connection.recv()
        except (EOFError, OSError):
            self._process.join(EXIT_S)
            self.reason = f"its process ended with code {self._process.exitcode}"
            return None
        if isinstance(message, Failed):
            self.reason = message.reason
            return None
        assert isinstance(message, expected)
        return message


def race(
    row: Row, rounds: int, seconds: float, core: int | None, contenders: Mapping[str, Contender] = CONTENDERS
) -> list[Measurement]:
    """Times all contenders on a row.

    Args:
        row: what to train.
        rounds: number of turns of each contender.
        seconds: smallest duration of a turn, which also has at least 2 steps.
        core: the core to run on; None for any.
        contenders: the contenders by key.

    Raises:
        LossError: the losses of the zoo and Keras differ.
    """
    runners = {key: Runner(row, contender, core) for key, contender in contenders.items()}
    try:
        for runner in runners.values():
            runner.ready()
        for runner in runners.values():
            runner.go(Turn(steps=1))
            runner.go(Turn(steps=WARM_UP - 1))
        for number in range(rounds):
            for key in rotated(list(runners), number):
                runners[key].go(Turn(FEWEST, seconds, uncounted=1))
    finally:
        for runner in runners.values():
            runner.stop()
    measurements = [measured(row, key, runner.bursts, runner.reason) for key, runner in runners.items()]
    check_losses(row, {measurement.contender: measurement for measurement in measurements})
    return measurements


def rotated(keys: Sequence[str], number: int) -> list[str]:
    """The keys in the order of a round; each round begins with the next key."""
    first = number % len(keys)
    return [*keys[first:], *keys[:first]]


def measured(row: Row, key: str, bursts: Sequence[Burst], reason: str | None) -> Measurement:
    """The measurement from the bursts of the first step, of the other warm-up steps, and of each round."""
    if reason is not None:
        return Measurement(row.workload, row.cell, key, "skipped", reason)
    first, warm_up, *turns = bursts
    return Measurement(
        row.workload,
        row.cell,
        key,
        "timed",
        first_s=first.seconds,
        first_loss=first.loss,
        loss=warm_up.loss,
        cpu=sum(turn.cpu for turn in turns) / sum(turn.seconds for turn in turns),
        steps=sum(turn.steps for turn in turns),
        rounds_s=tuple(turn.seconds / turn.steps for turn in turns),
    )


def check_losses(row: Row, measurements: Mapping[str, Measurement]) -> None:
    """Refuses a row if the losses of the zoo and Keras differ."""
    ours, theirs = (measurements[key].loss if key in measurements else None for key in ("zoo", "keras"))
    if ours is not None and theirs is not None and not abs(ours - theirs) <= AGREEMENT:  # also if one is NaN
        raise LossError(
            f"{row.title}: expected the zoo's loss over the first {WARM_UP} steps within {AGREEMENT:g} of Keras's "
            f"{theirs:.6f}, got {ours:.6f}. Their times are not comparable: find the difference."
        )


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    """Adds variables to the environment that a new process inherits."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        for name in more:
            del os.environ[name]
        os.environ.update(before)
