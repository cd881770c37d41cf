"""Lets the contenders of a row train in turns, each in a process of its own."""

import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

from benchmarks.training_speed.results import Measurement
from benchmarks.training_speed.turns import CONTENDERS, Burst, Contender, Failed, Ready, Turn, take_part
from benchmarks.training_speed.workloads import Row

WARM_UP = 8  # steps before the first that counts; the first of them is timed by itself
FEWEST = 2  # counted steps of a turn, however slow
PATIENCE_S = 180  # for one answer of a child
GONE_S = 5  # until a child that has hung up has ended
AGREEMENT = 1e-3  # between the losses of those that begin with the same weights and draw no random numbers

Answer = TypeVar("Answer", Ready, Burst)


class LossError(Exception):
    """Two contenders that should compute the same do not; its text says which."""


class Runner:
    """A contender's process, seen from the parent. Once it has failed, its turns give nothing."""

    def __init__(self, row: Row, contender: Contender, core: int | None) -> None:
        """Starts the process."""
        processes = multiprocessing.get_context("spawn")
        self._connection, there = processes.Pipe()
        self._process = processes.Process(target=take_part, args=(there, row, contender, core), daemon=True)
        with _environment(contender.environment):
            self._process.start()
        there.close()
        self.reason: str | None = None
        self.bursts: list[Burst] = []

    def ready(self) -> None:
        """Waits until the model is built."""
        self._answer(Ready)

    def go(self, turn: Turn) -> None:
        """Lets it train for a turn and keeps what that gave."""
        if self.reason is None:
            with suppress(OSError):  # a process that is gone: waiting for its answer tells how it ended
                self._connection.send(turn)
            if (burst := self._answer(Burst)) is not None:
                self.bursts.append(burst)

    def stop(self) -> None:
        """Ends the process."""
        self._connection.close()
        self._process.terminate()
        self._process.join()

    def _answer(self, expected: type[Answer]) -> Answer | None:
        """The child's next message; None, and the reason, if it has failed."""
        try:
            if not self._connection.poll(PATIENCE_S):
                self._process.terminate()  # or it would go on beside the others
                self.reason = f"no answer within {PATIENCE_S} s"
                return None
            message = self._connection.recv()
        except (EOFError, OSError):
            self._process.join(GONE_S)
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
        rounds: how often each has its turn.
        seconds: how long a turn lasts at least; it has 2 steps at least, too.
        core: the core to run on; None: any.
        contenders: who takes part, by key.

    Raises:
        LossError: the zoo and Keras do not learn the same.
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
    check_losses(row, {one.contender: one for one in measurements})
    return measurements


def rotated(keys: Sequence[str], number: int) -> list[str]:
    """The keys in the order of a round: each round begins with the next one."""
    first = number % len(keys)
    return [*keys[first:], *keys[:first]]


def measured(row: Row, key: str, bursts: Sequence[Burst], reason: str | None) -> Measurement:
    """What the bursts say: of the first step, of the rest of the warm-up, and of each round."""
    if reason is not None:
        return Measurement(row.workload, row.cell, key, "skipped", reason)
    first, warm, *turns = bursts
    return Measurement(
        row.workload,
        row.cell,
        key,
        "timed",
        first_s=first.seconds,
        first_loss=first.loss,
        loss=warm.loss,
        cpu=sum(turn.cpu for turn in turns) / sum(turn.seconds for turn in turns),
        steps=sum(turn.steps for turn in turns),
        rounds_s=tuple(turn.seconds / turn.steps for turn in turns),
    )


def check_losses(row: Row, found: Mapping[str, Measurement]) -> None:
    """Refuses a row on which the zoo and Keras have learnt something else."""
    ours, theirs = (found[key].loss if key in found else None for key in ("zoo", "keras"))
    if ours is not None and theirs is not None and not abs(ours - theirs) <= AGREEMENT:  # NaN as well
        raise LossError(
            f"{row.title}: expected the zoo's loss over the first {WARM_UP} steps within {AGREEMENT:g} of Keras's "
            f"{theirs:.6f}, got {ours:.6f}. Their times do not compare: find out what differs."
        )


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    """Adds to the environment that a new process inherits."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        for name in more:
            del os.environ[name]
        os.environ.update(before)
