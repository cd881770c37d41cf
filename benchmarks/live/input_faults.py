"""Faults of a sensor: each row changes the lines, and states what the monitor must count."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.live.faults import SAMPLES, Ended, Provoke, Trial, compared, outcome
from benchmarks.live.results import Fault

#: Bytes of the very long line.
LONG_LINE = 1_000_000
#: Seconds by which the clock jumps.
JUMP_S = 3600.0
#: Numbers of the faulty lines.
BAD = range(500, 2500, 100)

Rows = list[str]
Change = Callable[[Rows], Rows]


@dataclass(frozen=True)
class InputFault:
    """One fault of a sensor.

    Attributes:
        name: name of the fault.
        cause: the fault in words.
        change: converts the lines of the recording to faulty ones.
        counts: expected counts by name.
        samples: expected number of samples.
        lost: what is lost.
        same: whether the events must be those of the undisturbed recording.
    """

    name: str
    cause: str
    change: Change
    counts: dict[str, float]
    samples: int
    lost: str
    same: bool = False


def provoked_by(fault: InputFault) -> Provoke:
    """The function that provokes one fault."""

    def provoke(trial: Trial) -> Fault:
        end = trial.fed(trial.header + "".join(fault.change(list(trial.rows))))
        result = f"{outcome(end, 'samples', *fault.counts)}; {compared(end.events, trial.undisturbed)}"
        return Fault(fault.name, fault.cause, result, fault.lost, _as_expected(fault, end, trial.undisturbed))

    provoke.__name__ = fault.name
    return provoke


def _as_expected(fault: InputFault, end: Ended, undisturbed: Sequence[dict]) -> bool:
    counted = all(abs(end.counts.get(name, -1) - value) < 0.11 for name, value in fault.counts.items())
    same = not fault.same or end.events == list(undisturbed)
    return end.code == 0 and end.clean and end.samples == fault.samples and counted and same


def _cell(text: str) -> Change:
    """Puts a text into the first channel of the faulty lines."""

    def change(rows: Rows) -> Rows:
        for number in BAD:
            time, _, *rest = rows[number].split(",")
            rows[number] = ",".join([time, text, *rest])
        return rows

    return change


def _stuck(rows: Rows) -> Rows:
    _, _, values = rows[999].partition(",")
    return rows[:1000] + [f"{row.partition(',')[0]},{values}" for row in rows[1000:]]


def _later(seconds: float) -> Change:
    """Shifts the times of the second half of the samples."""

    def change(rows: Rows) -> Rows:
        return rows[:1500] + [_shifted(row, seconds) for row in rows[1500:]]

    return change


def _shifted(row: str, seconds: float) -> str:
    time, _, values = row.partition(",")
    return f"{float(time) + seconds:.4f},{values}"


def _swapped(rows: Rows) -> Rows:
    for number in BAD:
        rows[number], rows[number + 1] = rows[number + 1], rows[number]
    return rows


def _inserted(make: Callable[[str], str]) -> Change:
    """Inserts a faulty line, made from the following line, at each of the positions."""

    def change(rows: Rows) -> Rows:
        for number in reversed(BAD):
            rows.insert(number, make(rows[number]))
        return rows

    return change


def _without_channel(row: str) -> str:
    return f"{row.rpartition(',')[0]}\n"


def _with_extra_channel(row: str) -> str:
    return f"{row[:-1]},1.0\n"


def input_faults(trial: Trial) -> list[Provoke]:
    """All faults of a sensor."""
    short_s = trial.reset_after_s / 2
    late = math.ceil(short_s * trial.spec.sample_rate_hz) - 1
    faults = (
        InputFault("NaN", f"{len(BAD)} samples with `nan` in a channel", _cell("nan"), {"invalid": len(BAD)},
                   SAMPLES, f"the {len(BAD)} samples, counted; they are interpolated"),
        InputFault("Inf", f"{len(BAD)} samples with `inf`", _cell("inf"), {"invalid": len(BAD)},
                   SAMPLES, f"the {len(BAD)} samples, counted"),
        InputFault("outside the limits", f"{len(BAD)} samples of 1e30", _cell("1e30"), {"invalid": len(BAD)},
                   SAMPLES, f"the {len(BAD)} samples, counted"),
        InputFault("empty cells", f"{len(BAD)} samples with an empty cell", _cell(""), {"invalid": len(BAD)},
                   SAMPLES, f"the {len(BAD)} samples, counted"),
        InputFault("stuck sensor", "the same values from the 1,000th sample on", _stuck,
                   {"stuck_s": (SAMPLES - 1000) / trial.spec.sample_rate_hz}, SAMPLES, "nothing"),
        InputFault("short gap", "1 s without samples", _later(1.0), {"resets": 0, "invalid": 0},
                   SAMPLES, "nothing; the gap is interpolated"),
        InputFault("long gap", "6 times the longest gap that is filled",
                   _later(6 * trial.reset_after_s), {"resets": 1}, SAMPLES,
                   "the model's state, as intended"),
        InputFault("clock set forward", f"{JUMP_S:g} s, mid-stream", _later(JUMP_S),
                   {"resets": 1, "late": 0}, SAMPLES, "the model's state, as intended"),
        InputFault("clock set back", f"{JUMP_S:g} s, mid-stream", _later(-JUMP_S),
                   {"resets": 1, "late": 0}, SAMPLES, "the model's state, as intended"),
        InputFault("clock set back slightly", f"{short_s:g} s, mid-stream", _later(-short_s),
                   {"resets": 0, "late": late}, SAMPLES, "the samples until the clock catches up, counted"),
        InputFault("out of order", f"two samples swapped, {len(BAD)} times", _swapped, {"late": len(BAD)},
                   SAMPLES, f"the {len(BAD)} late samples, counted"),
        InputFault("too few channels", f"{len(BAD)} extra lines with one channel missing", _inserted(_without_channel),
                   {"malformed": len(BAD)}, SAMPLES, "nothing", same=True),
        InputFault("too many channels", f"{len(BAD)} extra lines with one channel too many",
                   _inserted(_with_extra_channel), {"malformed": len(BAD)}, SAMPLES, "nothing", same=True),
        InputFault("garbage", f"{len(BAD)} extra lines of control characters", _inserted(lambda row: "\0\x1b\x07;\n"),
                   {"malformed": len(BAD)}, SAMPLES, "nothing", same=True),
        InputFault("incomplete last line", "the input ends mid-line, before the third channel",
                   lambda rows: [*rows, ",".join(rows[-1].split(",")[:3])], {"malformed": 1},
                   SAMPLES, "that line, counted", same=True),
        InputFault("very long line", f"{LONG_LINE:,} digits before the next line break",
                   lambda rows: [*rows[:1500], "7" * LONG_LINE + "\n", *rows[1500:]], {"malformed": 1},
                   SAMPLES, "nothing", same=True),
    )  # fmt: skip
    return [provoked_by(fault) for fault in faults]
