"""An inference in a process of its own, for a runtime that does not share one with TensorFlow."""

import importlib
import multiprocessing
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.quiet import silenced
from benchmarks.reasons import Unmeasured, why
from benchmarks.timing import Turn, no_garbage_collection, take_turn

PATIENCE_S = 180  # for one answer
GONE_S = 5  # until a process that has hung up has ended


class Elsewhere:
    """A `Run` whose calls, and the clock that times them, are in a process of its own."""

    def __init__(self, module: str, *arguments: Any) -> None:
        """Starts the process, and there calls `load(*arguments)` of a module that this process never imports.

        Raises:
            Unmeasured: it cannot be loaded. Says why.
        """
        processes = multiprocessing.get_context("spawn")
        self._connection, there = processes.Pipe()
        self._process = processes.Process(target=serve, args=(there, module, arguments), daemon=True)
        self._process.start()
        there.close()
        try:
            self._answer()
        except Unmeasured:
            self.close()
            raise

    def __call__(self) -> np.ndarray:
        """What one inference gives."""
        self._connection.send(None)
        return self._answer()

    def turn(self, calls: int) -> Turn:
        """Times so many inferences."""
        self._connection.send(calls)
        return self._answer()

    def close(self) -> None:
        """Ends the process."""
        self._connection.close()
        self._process.join(GONE_S)
        self._process.kill()
        self._process.join()

    def _answer(self) -> Any:
        try:
            if not self._connection.poll(PATIENCE_S):
                raise Unmeasured(f"no answer within {PATIENCE_S} s")
            answer = self._connection.recv()
        except (EOFError, OSError):
            self._process.join(GONE_S)
            raise Unmeasured(f"its process ended with code {self._process.exitcode}") from None
        if isinstance(answer, Unmeasured):
            raise answer
        return answer


def serve(connection: Connection, module: str, arguments: tuple[Any, ...]) -> None:
    """The process: loads, says that it is ready, and answers until the parent hangs up."""
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
        except Exception as error:  # whatever goes wrong in a peer: it is that peer's cell in the table
            connection.send(Unmeasured(why(error)))
