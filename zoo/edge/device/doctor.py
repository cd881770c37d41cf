"""Examines whether a file is complete and runs correctly and fast enough on this device, continuing after problems."""

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
from zoo.edge.device.file_checks import InspectedFile, inspect_file
from zoo.edge.device.findings import Finding, Findings
from zoo.edge.device.timing import Call, Clock, summarised, time_in_turns
from zoo.edge.device.trial import Trial, of_bundle, of_session
from zoo.edge.runner import Runner
from zoo.edge.sessions import open_session

#: Seconds for which each call is timed, and the number of rounds.
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
        path: a bundle's folder or an ONNX file; anything else is reported as a problem.
        seconds: how long each call is timed.
        clock: returns monotonic seconds.
        start: runs the file in a fresh process.
        progress: receives each of the five parts.

    Returns:
        The findings in the order of the checks. Problems with the file or the device are findings and never raise.
    """
    findings = Findings()
    with progress.bar("examining", 5, "parts") as advance:
        here = device_checks.device()
        findings.take("device", partial(device_checks.installed, here))
        advance(1)
        file = inspect_file(path, findings)
        advance(1)
        trial = None if file is None else _opened(file, here, findings)
        advance(1)
        if trial is not None:
            findings.take("latency", lambda: _timed(trial, seconds, clock))
        advance(1)
        if trial is not None and _is_loadable(findings):
            findings.take("cold start", lambda: run_checks.started_cold(start(Path(path))))
        advance(1)
    return findings.all


def _opened(file: InspectedFile, here: device_checks.Device, findings: Findings) -> Trial | None:
    """Opens the file in onnxruntime and checks the known answers; returns a trial if anything runs."""
    if here.onnxruntime is None:
        findings.take("opset", lambda: [device_checks.versions(here, file.header, False)])
        return None
    runtime_findings = Findings()
    with contextlib.redirect_stdout(io.StringIO()):  # onnxruntime prints its attempts to read some damaged files
        session = runtime_findings.attempt("runtime", lambda: open_session(file.model, file.header, file.where))
    findings.take("opset", lambda: [device_checks.versions(here, file.header, session is not None)])
    if file.contents is not None:
        findings.take("made with", partial(device_checks.against, here, file.contents.manifest))
    findings.add(*runtime_findings.all)
    if session is None:
        return None
    findings.add(Finding("runtime", "ok", f"onnxruntime {here.onnxruntime} opens the file."))
    contents = file.contents
    runner = None if contents is None else findings.attempt("bundle", lambda: Runner(contents))
    if runner is None or contents is None:
        return findings.attempt("latency", lambda: of_session(session, file.where))
    findings.take("self-test", lambda: run_checks.answers(runner, file))
    return findings.attempt("latency", lambda: _trial(runner, contents))


def _trial(runner: Runner, contents: Contents) -> Trial:
    """The bundle with its golden input; with a made-up one if that is damaged, which the self-test has reported."""
    try:
        return of_bundle(runner, contents)
    except Exception:  # a damaged input can raise anything; the findings already report it
        return of_bundle(runner, dataclasses.replace(contents, selftest=None))


def _timed(trial: Trial, seconds: float, clock: Clock) -> list[Finding]:
    calls: dict[str, Call] = {"window": trial.first()}
    if trial.push is not None:
        calls["step"] = trial.push
    times = {name: summarised(rounds) for name, rounds in time_in_turns(calls, seconds, ROUNDS, clock).items()}
    findings = [
        run_checks.latency("window", times["window"], f"A window of {trial.steps} steps ({trial.input_description})")
    ]
    if "step" in times:
        findings.append(run_checks.latency("step", times["step"], f"A {trial.push_unit} pushed into a live stream"))
    if trial.rate_hz is not None:
        name, samples = ("step", 1) if "step" in times else ("window", trial.hop or trial.steps)
        what = f"a {trial.push_unit}" if name == "step" else f"a window of {trial.steps} steps"
        findings.append(run_checks.keeps_up(times[name], samples, trial.rate_hz, what))
    return findings


def _is_loadable(findings: Findings) -> bool:
    """Whether a fresh process could load the file; if not, the reason is already among the findings."""
    required = ("manifest", "hashes", "sidecar", "bundle", "tokenizers", "file")
    if not any(finding.verdict == "problem" and finding.check in required for finding in findings.all):
        return True
    text = "Cold start and memory were not measured: the problems above prevent a program from loading the file."
    findings.add(Finding("cold start", "warning", text))
    return False
