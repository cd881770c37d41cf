"""Checks the running model: known answers, live input, speed, memory, and whether the device keeps up."""

from collections.abc import Sequence

from zoo.core.words import count
from zoo.edge.device.cold import Cold
from zoo.edge.device.file_checks import InspectedFile
from zoo.edge.device.findings import Finding
from zoo.edge.device.timing import Times
from zoo.edge.runner import Runner
from zoo.edge.selftest import TOLERANCE, KnownAnswer, read_cases

#: Share of the time between two samples that processing one may take before the device is considered busy.
BUSY = 0.5
#: Share of one core that a process may use while it waits.
IDLE = 0.05
#: Allowed growth of memory over many runs: the larger of a share of the initial memory and a number of bytes.
GROWTH, GROWTH_BYTES = 0.1, 8e6


def answers(runner: Runner, file: InspectedFile) -> list[Finding]:
    """Runs the golden inputs as a whole, and piece by piece if the model is a streaming one."""
    assert file.contents is not None
    if file.contents.selftest is None:
        text = "The bundle has no inputs with known answers: whether it computes correctly here is unknown."
        return [Finding("self-test", "warning", text, "Export the bundle again.")]
    cases = read_cases(file.contents.selftest, file.where)
    wrong = runner.self_test()
    if wrong:
        advice = "Do not use it on this device. Copy the file again, then upgrade onnxruntime."
        findings = [Finding("self-test", "problem", " ".join(wrong), advice, {"cases": len(cases)})]
    else:
        text = f"The answers match those at export within {TOLERANCE:g} ({count(len(cases), 'golden inputs')})."
        findings = [Finding("self-test", "ok", text, facts={"cases": len(cases), "tolerance": TOLERANCE})]
    if runner.manifest.streaming is None:
        return findings
    differing = [line for index, case in enumerate(cases) if (line := _live(runner, case, f"self-test[{index}]"))]
    if differing:
        text = f"Piece by piece, the answers differ from those for whole inputs: {' '.join(differing)}"
        return [*findings, Finding("live", "problem", text, "Do not use it live on this device. Upgrade onnxruntime.")]
    text = f"Piece by piece, the answers match those for whole inputs ({count(len(cases), 'golden inputs')})."
    return [*findings, Finding("live", "ok", text)]


def _live(runner: Runner, case: KnownAnswer, where: str) -> str:
    """How the answers to a golden input as a whole and piece by piece differ; "" if they agree."""
    difference = runner.kind.trial_methods.differs(runner.predict, runner.stream(), case.input)
    return f"{where}: {difference}" if difference else ""


def latency(check: str, times: Times, what: str) -> Finding:
    """Reports the time of one call."""
    text = f"{what} takes {milliseconds(times.p50)} (median); 95 % take at most {milliseconds(times.p95)}."
    facts = {"p50_ms": times.p50 * 1e3, "p95_ms": times.p95 * 1e3, "calls": times.calls}
    return Finding(check, "ok", text, facts=facts)


def keeps_up(times: Times, samples: int, rate_hz: float, what: str) -> Finding:
    """Checks whether the device finishes a piece of input before the next one arrives.

    Args:
        times: times of one call.
        samples: number of samples between two calls.
        rate_hz: samples per second of the sensor.
        what: the input of a call, in words.
    """
    length_s = samples / rate_hz
    faster = length_s / max(times.p50, 1e-9)
    rounded = f"{faster:,.0f}" if faster >= 10 else f"{faster:.2g}"
    load = times.p95 / length_s
    facts = {"rate_hz": rate_hz, "times_real_time": faster, "p95_of_interval": load}
    text = f"At {rate_hz:g} Hz, {what} arrives every {milliseconds(length_s)}: {rounded} times faster than real time."
    if faster < 1:
        text = f"At {rate_hz:g} Hz, {what} arrives every {milliseconds(length_s)} and takes {milliseconds(times.p50)}."
        return Finding("keeps up", "problem", text, "Use a faster device, a smaller model or a slower sensor.", facts)
    if load > BUSY:
        text += f" The slowest 5 % take {load:.0%} of that or more."
        return Finding("keeps up", "warning", text, "Check what else is running, or use a smaller model.", facts)
    return Finding("keeps up", "ok", text, facts=facts)


def started_cold(cold: Cold) -> list[Finding]:
    """Reports a fresh process's start-up time, memory, and processor use while it waits."""
    parts = {"import": cold.import_s, "load": cold.load_s, "first answer": cold.answer_s}
    durations = ", ".join(f"{name} {milliseconds(seconds)}" for name, seconds in parts.items())
    facts = {"start_s": cold.start_s, "import_s": cold.import_s, "load_s": cold.load_s, "answer_s": cold.answer_s}
    text = f"A fresh process answers after {milliseconds(cold.start_s)} ({durations})."
    findings = [Finding("cold start", "ok", text, facts=facts)]
    if cold.loaded_bytes is not None and cold.after_bytes is not None:
        findings.append(_memory(cold.loaded_bytes, cold.after_bytes, cold.runs))
    if cold.idle_cpu is not None:
        busy = cold.idle_cpu > IDLE
        text = f"While it waits, the process uses {cold.idle_cpu:.1%} of a core."
        advice = "A thread is spinning; look for other threads in the process." if busy else ""
        facts = {"cpu": cold.idle_cpu}
        findings.append(Finding("idle", "warning" if busy else "ok", text, advice, facts))
    return findings


def _memory(loaded: int, after: int, runs: int) -> Finding:
    facts = {"loaded_bytes": loaded, "after_bytes": after, "runs": runs}
    text = f"{loaded / 1e6:.1f} MB in RAM after loading, {after / 1e6:.1f} MB after {runs} runs."
    if after - loaded > max(GROWTH * loaded, GROWTH_BYTES):
        return Finding("memory", "warning", text, "It grows: restart the process regularly, or upgrade.", facts)
    return Finding("memory", "ok", text, facts=facts)


def milliseconds(seconds: float) -> str:
    """Formats a short time: `43 µs`, `1.2 ms`, `1.5 s`."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def problems(findings: Sequence[Finding]) -> int:
    """The number of problems among the findings."""
    return sum(finding.verdict == "problem" for finding in findings)
