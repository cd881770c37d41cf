"""The model at work: known answers, live input, how fast and how large, and whether the device keeps up."""

from collections.abc import Sequence

from zoo.edge.device.cold import Cold
from zoo.edge.device.file_checks import Seen
from zoo.edge.device.findings import Finding
from zoo.edge.device.timing import Times
from zoo.edge.runner import Runner
from zoo.edge.selftest import TOLERANCE, Case, read_cases

#: Share of the time between two samples that may be spent on one before a device is said to be busy.
BUSY = 0.5
#: Share of one core that a process may take while it waits.
IDLE = 0.05
#: What memory may grow by over many runs: a share of what it was, and some bytes.
GROWTH, GROWTH_BYTES = 0.1, 8e6


def answers(runner: Runner, seen: Seen) -> list[Finding]:
    """The golden inputs: at once, and piece by piece if the model runs live."""
    assert seen.contents is not None
    if seen.contents.selftest is None:
        text = "The bundle carries no inputs with known answers: whether it computes rightly here is not known."
        return [Finding("self-test", "warning", text, "Export the bundle again.")]
    cases = read_cases(seen.contents.selftest, seen.where)
    wrong = runner.self_test()
    if wrong:
        advice = "Do not use it on this device. Copy the file again, then upgrade onnxruntime."
        found = [Finding("self-test", "problem", " ".join(wrong), advice, {"cases": len(cases)})]
    else:
        text = f"{_inputs(len(cases))} answered as at export, to {TOLERANCE:g}."
        found = [Finding("self-test", "ok", text, facts={"cases": len(cases), "tolerance": TOLERANCE})]
    if runner.manifest.streaming is None:
        return found
    differing = [line for index, case in enumerate(cases) if (line := _live(runner, case, f"self-test[{index}]"))]
    if differing:
        text = f"Piece by piece the answers are others than at once: {' '.join(differing)}"
        return [*found, Finding("live", "problem", text, "Do not use it live on this device. Upgrade onnxruntime.")]
    return [*found, Finding("live", "ok", f"{_inputs(len(cases))} answered the same piece by piece as at once.")]


def _inputs(count: int) -> str:
    return f"{count} golden {'input is' if count == 1 else 'inputs are'}"


def _live(runner: Runner, case: Case, where: str) -> str:
    """What differs between a golden input at once and piece by piece; "" if nothing."""
    difference = runner.kind.trying.differs(runner.predict, runner.stream(), case.input)
    return f"{where}: {difference}" if difference else ""


def latency(check: str, times: Times, what: str) -> Finding:
    """How long one call takes."""
    text = f"{what} takes {milliseconds(times.p50)} in the middle; 95 % take no more than {milliseconds(times.p95)}."
    facts = {"p50_ms": times.p50 * 1e3, "p95_ms": times.p95 * 1e3, "calls": times.calls}
    return Finding(check, "ok", text, facts=facts)


def keeps_up(times: Times, samples: int, rate_hz: float, what: str) -> Finding:
    """Whether the device is done with a piece of input before the next one is there.

    Args:
        times: of one call.
        samples: samples that come between two calls.
        rate_hz: samples a second that the sensor gives.
        what: what a call takes, in words.
    """
    length_s = samples / rate_hz
    faster = length_s / max(times.p50, 1e-9)
    rounded = f"{faster:,.0f}" if faster >= 10 else f"{faster:.2g}"
    load = times.p95 / length_s
    facts = {"rate_hz": rate_hz, "times_real_time": faster, "p95_of_interval": load}
    text = f"At {rate_hz:g} Hz {what} comes every {milliseconds(length_s)}: {rounded} times faster than real time."
    if faster < 1:
        text = f"At {rate_hz:g} Hz {what} comes every {milliseconds(length_s)} and takes {milliseconds(times.p50)}."
        return Finding("keeps up", "problem", text, "Use a faster device, a smaller model or a slower sensor.", facts)
    if load > BUSY:
        text += f" The slowest 5 % take {load:.0%} of that or more."
        return Finding("keeps up", "warning", text, "See what else runs here, or use a smaller model.", facts)
    return Finding("keeps up", "ok", text, facts=facts)


def started_cold(cold: Cold) -> list[Finding]:
    """What a fresh process costs: its start, its memory, and the processor while it waits."""
    parts = {"import": cold.import_s, "load": cold.load_s, "first answer": cold.answer_s}
    told = ", ".join(f"{name} {milliseconds(seconds)}" for name, seconds in parts.items())
    facts = {"start_s": cold.start_s, "import_s": cold.import_s, "load_s": cold.load_s, "answer_s": cold.answer_s}
    text = f"A fresh process answers after {milliseconds(cold.start_s)} ({told})."
    found = [Finding("cold start", "ok", text, facts=facts)]
    if cold.loaded_bytes is not None and cold.after_bytes is not None:
        found.append(_memory(cold.loaded_bytes, cold.after_bytes, cold.runs))
    if cold.idle_cpu is not None:
        busy = cold.idle_cpu > IDLE
        text = f"While it waits, the process takes {cold.idle_cpu:.1%} of a core."
        advice = "Something in it spins; look for other threads." if busy else ""
        facts = {"cpu": cold.idle_cpu}
        found.append(Finding("idle", "warning" if busy else "ok", text, advice, facts))
    return found


def _memory(loaded: int, after: int, runs: int) -> Finding:
    facts = {"loaded_bytes": loaded, "after_bytes": after, "runs": runs}
    text = f"{loaded / 1e6:.1f} MB in RAM once loaded, {after / 1e6:.1f} MB after {runs} runs."
    if after - loaded > max(GROWTH * loaded, GROWTH_BYTES):
        return Finding("memory", "warning", text, "It grows: restart the process now and then, or upgrade.", facts)
    return Finding("memory", "ok", text, facts=facts)


def milliseconds(seconds: float) -> str:
    """A short time as a person reads it: `43 µs`, `1.2 ms`, `1.5 s`."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def problems(found: Sequence[Finding]) -> int:
    """How many of the findings are problems."""
    return sum(finding.verdict == "problem" for finding in found)
