"""What a file costs a program that starts with it: measured in a fresh process, as nothing else is loaded there."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Any, cast

from zoo.core.errors import BundleError

#: How often the model runs before its memory is read again, if that takes no more seconds than `LONGEST_S`.
RUNS = 1000
LONGEST_S = 20.0
#: How long the process waits with the model open.
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
    """What was seen in a fresh process.

    Attributes:
        start_s: from the start of Python to the first answer, all in all.
        import_s: of that, `import zoo.edge`.
        load_s: of that, onnxruntime's own import and opening the file.
        answer_s: of that, the first answer.
        loaded_bytes: memory in RAM after the first answer, or None where the system does not tell.
        runs: how often the model ran after that.
        after_bytes: memory in RAM after those runs.
        idle_cpu: share of one core that the process took while it waited; None if it did not wait.
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
    """Starts a Python that imports, loads, answers, runs on, and waits.

    Args:
        path: a bundle's folder or an ONNX file.
        runs: how often the model runs after the first answer.
        idle_s: seconds to wait; 0: not at all.

    Raises:
        BundleError: the process could not run the file. Says why.
    """
    command = [sys.executable, "-c", _PROGRAM, os.fspath(path), str(runs), str(LONGEST_S), str(idle_s)]
    # The same packages as here, whatever the working directory is.
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
            rest = process.stdout.read()
            process.wait()
        except BaseException:
            process.kill()
            raise
        errors.seek(0)
        said = errors.read()
    seen = _read(first, said) | (_read(rest, said) if '"error"' not in first else {})
    if "error" in seen:
        raise BundleError(str(seen["error"]))
    return Cold(start_s=start_s, **seen)


def _read(line: str, said: str) -> dict[str, Any]:
    """One line of the process; what it said last on standard error if there is none."""
    try:
        return cast("dict[str, Any]", json.loads(line))
    except ValueError:
        last = (said.strip().splitlines() or ["it said nothing"])[-1]
        return {"error": f"a fresh process could not run the file: {last}"}
