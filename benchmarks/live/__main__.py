"""Measures a real `zoo watch`: memory over millions of samples, resources with a sensor in real time, and faults.

Run it on an idle machine, from the root of the repository, with a bundle that supports streams:

    python -m benchmarks.live exported/bed-exit
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.files import write_files
from benchmarks.live.process import Hangs
from benchmarks.live.results import Results, from_json
from benchmarks.machine import about
from benchmarks.program import ASIDE, FULL
from benchmarks.quiet import note, set_environment, silenced
from zoo.core.errors import ZooError
from zoo.core.manifest import Manifest, RecordingInput
from zoo.edge import load

NUMBERS = "live.json"
#: Packages that a monitor uses.
RUNS_ON = ("Python", "sequence-zoo", "onnxruntime", "numpy")
SUMMARY = "Measures a real `zoo watch`: memory over millions of samples, resources in real time, and faults."
#: Samples of the soak test, and seconds of the measurement in real time and of the broker's outage.
SAMPLES, QUICK_SAMPLES = 5_000_000, 300_000
IDLE_S, QUICK_IDLE_S = 60.0, 5.0
OUTAGE_S, QUICK_OUTAGE_S = 60.0, 3.0


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=SUMMARY)
    parser.add_argument(
        "bundle", type=Path, nargs="?", default=Path("exported/bed-exit"), help="Default: exported/bed-exit"
    )
    parser.add_argument("--quick", action="store_true", help="a short run, to test that everything works")
    parser.add_argument(
        "--samples",
        type=int,
        help=f"samples of the soak test. Default: {SAMPLES:,}; with --quick {QUICK_SAMPLES:,}",
    )
    parser.add_argument(
        "--out", type=Path, help=f"folder to write to. Default: {FULL}; with --quick or --samples {ASIDE}"
    )
    parser.add_argument("--redraw", action="store_true", help="rewrite page and figure from the JSON in the folder")
    options = parser.parse_args(arguments)
    if options.samples is not None and options.samples < 100_000:
        parser.error(f"--samples: expected 100000 or more, got {options.samples}.")
    options.out = options.out or (ASIDE if options.quick or options.samples else FULL)
    options.samples = options.samples or (QUICK_SAMPLES if options.quick else SAMPLES)
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, or reads earlier results, and writes the three files; returns 1 if a fault was handled wrongly."""
    options = parse(arguments)
    set_environment()
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # set by a shell's &; the monitors would inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if options.redraw and not (options.out / NUMBERS).is_file():
        note(f"{options.out / NUMBERS}: expected the numbers of an earlier run, got no file. Run without --redraw.")
        return 2
    try:
        results = from_json((options.out / NUMBERS).read_text("utf-8")) if options.redraw else run(options)
    except (ZooError, Hangs) as error:
        note(f"{error}\nNothing was written.")
        return 2 if isinstance(error, ZooError) else 1
    except KeyboardInterrupt:
        note("Interrupted: nothing was written.")
        return 130
    write(results, options.out)
    wrong = [fault.fault for fault in results.faults if fault.expected is False]
    if (results.soak.code, results.soak.seen) != (0, results.soak.samples):
        wrong.append("the soak test")
    if wrong:
        note(f"Not as expected: {', '.join(wrong)}.")
    return 1 if wrong else 0


def run(options: argparse.Namespace) -> Results:
    """Measures everything.

    Raises:
        ZooError: the bundle does not support streams.
    """
    from benchmarks.live.soak import idle, soak

    manifest = live_manifest(options.bundle)
    spec, quick = manifest.input, options.quick
    assert isinstance(spec, RecordingInput)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    facts = about() | {"bundle": manifest.name, "settings": {"quick": quick, "cores": cores}}
    facts["versions"] = {name: version for name, version in facts["versions"].items() if name in RUNS_ON}
    note(f"Soak test: {options.samples:,} samples")
    soak_result = soak(options.bundle, spec, options.samples, note)
    note("Sensor in real time")
    idle_result = idle(options.bundle, spec, QUICK_IDLE_S if quick else IDLE_S)
    note("Faults")
    outage_s = QUICK_OUTAGE_S if quick else OUTAGE_S
    return Results(facts, soak_result, idle_result, faults(options.bundle, manifest, outage_s))


def faults(bundle: Path, manifest: Manifest, outage_s: float) -> tuple:
    """Provokes every fault."""
    from benchmarks.live.broker_fault import BROKER_FAULTS
    from benchmarks.live.faults import Trial, provoked
    from benchmarks.live.file_faults import FILE_FAULTS
    from benchmarks.live.input_faults import input_faults
    from benchmarks.live.process_faults import PROCESS_FAULTS

    assert isinstance(manifest.input, RecordingInput)
    assert manifest.streaming is not None
    with tempfile.TemporaryDirectory() as folder:
        plain = Trial(bundle, manifest.input, manifest.streaming.reset_after_s, outage_s, Path(folder))
        trial = plain.prepared()
        return provoked([*PROCESS_FAULTS, *BROKER_FAULTS, *input_faults(trial), *FILE_FAULTS], trial, note)


def live_manifest(bundle: Path) -> Manifest:
    """The manifest of a bundle.

    Raises:
        ZooError: the bundle does not support live sensors.
    """
    runner = load(bundle)
    runner.stream()
    return runner.manifest


def write(results: Results, folder: Path) -> None:
    """Writes the numbers, the page and the figure, each completely or not at all."""
    with silenced():
        from benchmarks.live.picture import draw
        from benchmarks.live.report import page
    contents = {"md": page(results).encode(), "json": results.to_json().encode(), "png": draw(results)}
    write_files(contents, folder, "live")


if __name__ == "__main__":
    sys.exit(main())
