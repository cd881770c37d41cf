"""The page that a live run writes: the soak, a sensor in real time, and a row for each fault."""

from collections.abc import Iterable

from benchmarks.live.results import Fault, Idle, Results, Soak
from benchmarks.machine import describe
from benchmarks.tables import markdown_table

#: MB around the middle that the memory may move after the warm-up.
FLAT_MB = 2.0

CROWDED = """\
It is more than beside a sensor in real time, as up to 8,192 samples wait for the model and pass it many at a time.
"""

METHOD = """\
## How it was measured

* A real `zoo watch` with the bundle `{bundle}`, in a process of its own; its standard input, output and error are
  pipes, and everything it writes is read. It and the program that feeds it were allowed {cores}.
* Soak: lines of CSV with times, a random walk from a seed within the features' limits, walked to its end and back.
  They are written as fast as they are taken. The memory is `VmRSS` in `/proc/PID/status`, read about every 50,000
  samples; processor time is `utime` and `stime` in `/proc/PID/stat`, from the first sample to the last written. The
  warm-up is the first tenth.
* A sensor in real time: one line at a time, each when it is due, after 3 s to settle.
* Faults: a recording of 3,000 samples of another walk. Each row has limits of time, and a process that passed one would
  be killed and shown as hanging. A row counts as going well only if the exit code, the counts and, where the last
  column says that nothing is lost, the events are the expected ones, and no message was a traceback.
* One thing cannot be told: a last line that is cut within its last number, such as 1.25 to 1.2, is a whole line.
"""


def page(results: Results) -> str:
    """The whole page as Markdown."""
    allowed = results.about["settings"]["cores"]
    cores = "one core together" if allowed == 1 else f"{allowed} cores"
    parts = [f"# How a live monitor fares\n\n{describe(results.about)}\n"]
    if results.about["settings"]["quick"]:
        parts.append("**A quick run: its numbers are for a first look only.**\n")
    parts += [
        "What `zoo watch` takes of a machine, and what becomes of it when things go wrong:\n"
        f"{verdict(results.faults)}\n",
        f"## Memory and time over {results.soak.samples:,} samples\n\n"
        "![Resident memory against samples](live.png)\n\n"
        f"{soak_table(results.soak)}\n{flat(results.soak)}{CROWDED}",
        f"## A sensor in real time\n\n{idle_table(results.idle)}",
        f"## What can go wrong\n\n{fault_table(results.faults)}",
        METHOD.format(bundle=results.about["bundle"], cores=cores),
    ]
    return "\n".join(parts)


def verdict(faults: Iterable[Fault]) -> str:
    """How many faults went as they should."""
    tried = [fault for fault in faults if fault.expected is not None]
    wrong = [fault.fault for fault in tried if not fault.expected]
    if wrong:
        return f"{len(tried) - len(wrong)} of {len(tried)} faults went as they should, but not: {', '.join(wrong)}."
    return f"all {len(tried)} faults that were provoked went as they should. Nothing hung, nothing was lost in silence."


def soak_table(soak: Soak) -> str:
    """What the soak took."""
    settled = soak.settled
    rows = [
        ["samples written", f"{soak.samples:,}"],
        ["samples counted by the monitor", f"{soak.seen:,}"],
        ["events", f"{soak.events:,}"],
        ["exit code", str(soak.code)],
        ["seconds", f"{soak.seconds:.0f}"],
        ["samples a second", f"{soak.samples / soak.seconds:,.0f}"],
        ["processor time a sample", f"{1e6 * soak.cpu_s / soak.samples:.1f} µs"],
        ["memory, first reading", f"{soak.readings[0][1]:.1f} MB"],
        [f"memory after {soak.warm_up:,} samples, smallest", f"{min(settled):.1f} MB"],
        [f"memory after {soak.warm_up:,} samples, largest", f"{max(settled):.1f} MB"],
        ["spread", f"{max(settled) - min(settled):.1f} MB"],
    ]
    return markdown_table(["", ""], rows)


def flat(soak: Soak) -> str:
    """Whether the memory stays where it is."""
    half = (max(soak.settled) - min(soak.settled)) / 2
    last, middle = soak.settled[-1], soak.settled[len(soak.settled) // 2]
    how = "stays within" if half <= FLAT_MB else "moves by more than 2 MB: within"
    return f"After the warm-up the memory {how} ±{half:.1f} MB; in its second half {last - middle:+.1f} MB.\n"


def idle_table(idle: Idle) -> str:
    """What a sensor in real time takes."""
    rows = [
        ["samples a second", f"{idle.rate_hz:g}"],
        ["seconds", f"{idle.seconds:.0f}"],
        ["processor", f"{idle.cpu_percent:.1f} % of one core"],
        ["memory", f"{idle.smallest_mb:.1f} to {idle.largest_mb:.1f} MB"],
    ]
    return markdown_table(["", ""], rows)


def fault_table(faults: Iterable[Fault]) -> str:
    """A row for each fault."""
    marks = {True: "", False: "**not as it should be**: ", None: ""}
    rows = [[fault.fault, fault.done, marks[fault.expected] + fault.happened, fault.lost] for fault in faults]
    return markdown_table(["fault", "what was done", "what happened", "lost"], rows)
