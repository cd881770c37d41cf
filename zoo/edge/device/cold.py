"""Measures a cold start with a file in a fresh process, where nothing else is loaded."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Any, cast

from zoo.core.errors import BundleError

#: Number of runs before the memory is read again, unless they take more than `LONGEST_S` seconds.
RUNS = 1000
LONGEST_S = 20.0
#: Seconds that the process waits with the model open.
IDLE_S = 1.0

_PROGRAM = """
import json, sys, time
began = time.perf_counter()
import zoo.edge
imported = time.perf_counter()
from zoo.edge.machine import resident_bytes
from zoo.edge.device.trial import open_trial
try:
    call = open_trial(sys.argv[1]).first()
    loaded = time.perf_counter()
    call()
except zoo.core.errors.ZooError as error:
    print(json.dumps({"error": str(error)}), flush=True)
    sys.exit()
answered = time.perf_counter()
print(json.dumps({"import_s": imported - began, "load_s": loaded - imported, "answer_s": answered - loaded,
                  "loaded_bytes": resident_bytes()}), flush=True)
runs, until = 0, time.perf_counter() + float(sys.argv[3])
while runs < int(sys.argv[2]) and time.perf_counter() < until:
    call()
    runs += 1
after, idle_s = resident_bytes(), float(sys.argv[4])
cpu, before = time.process_time(), time.perf_counter()
if idle_s:
    time.sleep(idle_s)
idle = (time.process_time() - cpu) / (time.perf_counter() - before) if idle_s else None
print(json.dumps({"runs": runs, "after_bytes": after, "idle_cpu": idle}), flush=True)
"""


@dataclass(frozen=True)
class Cold:
    """Measurements in a fresh process.

    Attributes:
        start_s: total time from the start of Python to the first answer.
        import_s: the part of it for `import zoo.edge`.
        load_s: the part of it for importing onnxruntime and opening the file.
        answer_s: the part of it for the first answer.
        loaded_bytes: resident memory after the first answer, or None where the system does not report it.
        runs: number of runs after the first answer.
        after_bytes: resident memory after those runs.
        idle_cpu: share of one core that the process used while it waited; None if it did not wait.
    """

    start_s: float
    import_s: float
    load_s: float
    answer_s: float
    loaded_bytes: int | None
    runs: int
    after_bytes: int | None
    idle_cpu: float | None


def start_cold(path: str | os.PathLike[str], *, runs: int = RUNS, idle_s: float = IDLE_S) -> Cold:
    """Starts a Python process that imports, loads, answers, runs repeatedly, and waits.

    Args:
        path: a bundle's folder or an ONNX file.
        runs: number of runs after the first answer.
        idle_s: seconds to wait; 0: none.

    Raises:
        BundleError: the process could not run the file; the message contains the reason.
    """
    command = [sys.executable, "-c", _PROGRAM, os.fspath(path), str(runs), str(LONGEST_S), str(idle_s)]
    # The same packages as in this process, whatever the working directory is.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
    began = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+", errors="replace") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment) as process,
    ):
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            start_s = time.perf_counter() - began
            second = process.stdout.read()
            process.wait()
        except BaseException:
            process.kill()
            raise
        errors.seek(0)
        stderr = errors.read()
    measured = _read(first, stderr) | (_read(second, stderr) if '"error"' not in first else {})
    if "error" in measured:
        raise BundleError(str(measured["error"]))
    return Cold(start_s=start_s, **measured)


def _read(line: str, stderr: str) -> dict[str, Any]:
    """The values in a line of the process; if it is not JSON, the last line of standard error as the error."""
    try:
        return cast("dict[str, Any]", json.loads(line))
    except ValueError:
        last = (stderr.strip().splitlines() or ["no error message"])[-1]
        return {"error": f"a fresh process could not run the file: {last}"}
