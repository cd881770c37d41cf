"""Is this file whole, does this device run it rightly, and fast enough? One problem does not end the examination."""

import contextlib
import dataclasses
import io
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from zoo.core.progress import SILENT, Progress
from zoo.edge.bundle import Contents
from zoo.edge.device import device_checks, run_checks
from zoo.edge.device.cold import Cold, start_cold
from zoo.edge.device.file_checks import Seen, look_at
from zoo.edge.device.findings import Finding, Findings
from zoo.edge.device.timing import Call, Clock, summarised, time_in_turns
from zoo.edge.device.trial import Trial, of_bundle, of_session
from zoo.edge.runner import Runner
from zoo.edge.sessions import open_session

#: How long each call is timed, in seconds, and over how many rounds.
SECONDS, ROUNDS = 1.0, 5


def examine(
    path: str | os.PathLike[str],
    *,
    seconds: float = SECONDS,
    clock: Clock = time.perf_counter,
    start: Callable[[Path], Cold] = start_cold,
    progress: Progress = SILENT,
) -> list[Finding]:
    """Examines a bundle, or any ONNX file, on this device.

    Args:
        path: a bundle's folder or an ONNX file, or anything else, of which it is said that it is neither.
        seconds: how long each call is timed.
        clock: seconds that only grow.
        start: runs the file in a fresh process.
        progress: told of each of the five parts.

    Returns:
        The findings in the order in which they were looked for. It never raises for what is wrong with the file or the
        device: that is what is found.
    """
    found = Findings()
    with progress.bar("examining", 5, "parts") as advance:
        here = device_checks.device()
        found.take("device", partial(device_checks.installed, here))
        advance(1)
        seen = look_at(path, found)
        advance(1)
        trial = None if seen is None else _opened(seen, here, found)
        advance(1)
        if trial is not None:
            found.take("latency", lambda: _timed(trial, seconds, clock))
        advance(1)
        if trial is not None and _loads(found):
            found.take("cold start", lambda: run_checks.started_cold(start(Path(path))))
        advance(1)
    return found.all


def _opened(seen: Seen, here: device_checks.Device, found: Findings) -> Trial | None:
    """Opens the file in onnxruntime and asks it the known answers; the trial, if there is anything that runs."""
    if here.onnxruntime is None:
        found.take("opset", lambda: [device_checks.versions(here, seen.header, False)])
        return None
    opened = Findings()
    with contextlib.redirect_stdout(io.StringIO()):  # of some damaged files onnxruntime prints what it tries
        session = opened.attempt("runtime", lambda: open_session(seen.model, seen.header, seen.where))
    found.take("opset", lambda: [device_checks.versions(here, seen.header, session is not None)])
    if seen.contents is not None:
        found.take("made with", partial(device_checks.against, here, seen.contents.manifest))
    found.add(*opened.all)
    if session is None:
        return None
    found.add(Finding("runtime", "ok", f"onnxruntime {here.onnxruntime} opens the file."))
    contents = seen.contents
    runner = None if contents is None else found.attempt("bundle", lambda: Runner(contents))
    if runner is None or contents is None:
        return found.attempt("latency", lambda: of_session(session, seen.where))
    found.take("self-test", lambda: run_checks.answers(runner, seen))
    return found.attempt("latency", lambda: _trial(runner, contents))


def _trial(runner: Runner, contents: Contents) -> Trial:
    """The bundle with its golden input; with another one if that is damaged, as the self-test has told."""
    try:
        return of_bundle(runner, contents)
    except Exception:  # it may be anything: that it is no input is among the findings
        return of_bundle(runner, dataclasses.replace(contents, selftest=None))


def _timed(trial: Trial, seconds: float, clock: Clock) -> list[Finding]:
    calls: dict[str, Call] = {"window": trial.first()}
    if trial.push is not None:
        calls["step"] = trial.push
    times = {name: summarised(rounds) for name, rounds in time_in_turns(calls, seconds, ROUNDS, clock).items()}
    found = [run_checks.latency("window", times["window"], f"A window of {trial.steps} steps ({trial.given})")]
    if "step" in times:
        found.append(run_checks.latency("step", times["step"], f"A {trial.pushed} pushed into a live stream"))
    if trial.rate_hz is not None:
        name, samples = ("step", 1) if "step" in times else ("window", trial.hop or trial.steps)
        what = f"a {trial.pushed}" if name == "step" else f"a window of {trial.steps} steps"
        found.append(run_checks.keeps_up(times[name], samples, trial.rate_hz, what))
    return found


def _loads(found: Findings) -> bool:
    """Whether a fresh process could load the file; else the reason is among the findings already."""
    stops = ("manifest", "hashes", "sidecar", "bundle", "tokenizers", "file")
    if not any(finding.verdict == "problem" and finding.check in stops for finding in found.all):
        return True
    text = "Cold start and memory were not measured: the problems above stop a program from loading the file."
    found.add(Finding("cold start", "warning", text))
    return False
