"""A sensor that misbehaves: each row is a change to the lines, and what the monitor must count of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.live.faults import SAMPLES, Ended, Provoke, Trial, compared, happened
from benchmarks.live.results import Fault

#: Bytes of the line without end.
ENDLESS = 1_000_000
#: Seconds by which the clock jumps.
JUMP_S = 3600.0
#: Lines that go wrong.
BAD = range(500, 2500, 100)

Rows = list[str]
Change = Callable[[Rows], Rows]


@dataclass(frozen=True)
class InputFault:
    """One way to misbehave.

    Attributes:
        name: of the fault.
        done: what is done, in words.
        change: makes the lines that come then of those of the recording.
        counts: what must be counted, by name.
        samples: how many of the samples must be seen.
        lost: what is lost then.
        same: whether the events must be those of the undisturbed recording.
    """

    name: str
    done: str
    change: Change
    counts: dict[str, float]
    samples: int
    lost: str
    same: bool = False


def provoked_by(fault: InputFault) -> Provoke:
    """Tries one way to misbehave."""

    def provoke(trial: Trial) -> Fault:
        found = trial.fed(trial.header + "".join(fault.change(list(trial.rows))))
        before = trial.undisturbed
        told = f"{happened(found, 'samples', *fault.counts)}; {compared(found.events, before)}"
        return Fault(fault.name, fault.done, told, fault.lost, _expected(fault, found, before))

    provoke.__name__ = fault.name
    return provoke


def _expected(fault: InputFault, found: Ended, before: Sequence[dict]) -> bool:
    counted = all(abs(found.counts.get(name, -1) - value) < 0.11 for name, value in fault.counts.items())
    same = not fault.same or found.events == list(before)
    return found.code == 0 and found.clean and found.samples == fault.samples and counted and same


def _cell(text: str) -> Change:
    """Puts this into the first channel of some lines."""

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
    """Lets half of the samples come later, or with an earlier time."""

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
    """Puts a bad line before some lines, made of each."""

    def change(rows: Rows) -> Rows:
        for number in reversed(BAD):
            rows.insert(number, make(rows[number]))
        return rows

    return change


def _less(row: str) -> str:
    return f"{row.rpartition(',')[0]}\n"


def _more(row: str) -> str:
    return f"{row[:-1]},1.0\n"


def input_faults(trial: Trial) -> list[Provoke]:
    """All ways to misbehave."""
    little_s = trial.reset_after_s / 2
    late = math.ceil(little_s * trial.spec.sample_rate_hz) - 1
    faults = (
        InputFault("NaN", f"{len(BAD)} samples with `nan` in a channel", _cell("nan"), {"invalid": len(BAD)},
                   SAMPLES, f"the {len(BAD)} samples, counted; a line is drawn over them"),
        InputFault("Inf", f"{len(BAD)} samples with `inf`", _cell("inf"), {"invalid": len(BAD)},
                   SAMPLES, f"the {len(BAD)} samples, counted"),
        InputFault("outside its limits", f"{len(BAD)} samples of 1e30", _cell("1e30"), {"invalid": len(BAD)},
                   SAMPLES, f"the {len(BAD)} samples, counted"),
        InputFault("empty cells", f"{len(BAD)} samples with an empty cell", _cell(""), {"invalid": len(BAD)},
                   SAMPLES, f"the {len(BAD)} samples, counted"),
        InputFault("stuck sensor", "from the 1,000th sample on the same values", _stuck,
                   {"stuck_s": (SAMPLES - 1000) / trial.spec.sample_rate_hz}, SAMPLES, "nothing"),
        InputFault("short gap", "1 s without samples", _later(1.0), {"resets": 0, "invalid": 0},
                   SAMPLES, "nothing; a line is drawn over it"),
        InputFault("long gap", "6 times as long without samples as is bridged",
                   _later(6 * trial.reset_after_s), {"resets": 1}, SAMPLES,
                   "what the model remembered, on purpose"),
        InputFault("clock set forward", f"{JUMP_S:g} s in mid-stream", _later(JUMP_S),
                   {"resets": 1, "late": 0}, SAMPLES, "what the model remembered, on purpose"),
        InputFault("clock set back", f"{JUMP_S:g} s in mid-stream", _later(-JUMP_S),
                   {"resets": 1, "late": 0}, SAMPLES, "what the model remembered, on purpose"),
        InputFault("clock set back a little", f"{little_s:g} s in mid-stream", _later(-little_s),
                   {"resets": 0, "late": late}, SAMPLES, "the samples until the clock is where it was, counted"),
        InputFault("out of order", f"{len(BAD)} times two samples swapped", _swapped, {"late": len(BAD)},
                   SAMPLES, f"the {len(BAD)} late samples, counted"),
        InputFault("too few channels", f"{len(BAD)} more lines, each a channel short", _inserted(_less),
                   {"malformed": len(BAD)}, SAMPLES, "nothing", same=True),
        InputFault("too many channels", f"{len(BAD)} more lines, each a channel too long", _inserted(_more),
                   {"malformed": len(BAD)}, SAMPLES, "nothing", same=True),
        InputFault("rubbish", f"{len(BAD)} more lines of control characters", _inserted(lambda row: "\0\x1b\x07;\n"),
                   {"malformed": len(BAD)}, SAMPLES, "nothing", same=True),
        InputFault("half a line at the end", "the input ends in mid-line, before the third channel",
                   lambda rows: [*rows, ",".join(rows[-1].split(",")[:3])], {"malformed": 1},
                   SAMPLES, "that line, counted", same=True),
        InputFault("a line without end", f"{ENDLESS:,} digits before the next line break",
                   lambda rows: [*rows[:1500], "7" * ENDLESS + "\n", *rows[1500:]], {"malformed": 1},
                   SAMPLES, "nothing", same=True),
    )  # fmt: skip
    return [provoked_by(fault) for fault in faults]
