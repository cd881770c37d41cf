"""Inference in a separate process, for runtimes that cannot share a process with TensorFlow."""

import importlib
import multiprocessing
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.quiet import silenced
from benchmarks.reasons import Unmeasured, why
from benchmarks.timing import Turn, no_garbage_collection, take_turn

TIMEOUT_S = 180  # for one answer
EXIT_S = 5  # until a process that closed its connection has ended


class Elsewhere:
    """A `Run` whose calls, and the clock that times them, are in a separate process."""

    def __init__(self, module: str, *arguments: Any) -> None:
        """Starts the process, and calls there `load(*arguments)` of a module that this process never imports.

        Raises:
            Unmeasured: loading failed; contains the reason.
        """
        processes = multiprocessing.get_context("spawn")
        self._connection, child_connection = processes.Pipe()
        self._process = processes.Process(target=serve, args=(child_connection, module, arguments), daemon=True)
        self._process.start()
        child_connection.close()
        try:
            self._answer()
        except Unmeasured:
            self.close()
            raise

    def __call__(self) -> np.ndarray:
        """The output of one inference."""
        self._connection.send(None)
        return self._answer()

    def turn(self, calls: int) -> Turn:
        """Times a number of inferences."""
        self._connection.send(calls)
        return self._answer()

    def close(self) -> None:
        """Ends the process."""
        self._connection.close()
        self._process.join(EXIT_S)
        self._process.kill()
        self._process.join()

    def _answer(self) -> Any:
        try:
            if not self._connection.poll(TIMEOUT_S):
                raise Unmeasured(f"no answer within {TIMEOUT_S} s")
            answer = self._connection.recv()
        except (EOFError, OSError):
            self._process.join(EXIT_S)
            raise Unmeasured(f"its process ended with code {self._process.exitcode}") from None
        if isinstance(answer, Unmeasured):
            raise answer
        return answer


def serve(connection: Connection, module: str, arguments: tuple[Any, ...]) -> None:
    """The child process: loads, reports that it is ready, and answers until the parent closes the connection."""
    with silenced():
        try:
            run = importlib.import_module(module).load(*arguments)
            connection.send("ready")
            while True:
                calls = connection.recv()
                if calls is None:
                    connection.send(run())
                else:
                    with no_garbage_collection():
                        connection.send(take_turn(run, calls))
        except (EOFError, BrokenPipeError, KeyboardInterrupt):
            return
        except Exception as error:  # any error of a contender is shown in its cell of the table
            connection.send(Unmeasured(why(error)))
