"""Measures a real `zoo watch`: its memory over millions of samples, what it takes beside a sensor, and its faults.

Run it on a quiet machine, from the root of the repository, with a bundle that can stream:

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
from benchmarks.quiet import note, set_environment, silenced
from zoo.core.errors import ZooError
from zoo.core.manifest import Manifest, RecordingInput
from zoo.edge import load

FULL, ASIDE = Path("docs/measured"), Path("build/benchmarks")
NUMBERS = "live.json"
#: What a monitor is made of.
RUNS_ON = ("Python", "sequence-zoo", "onnxruntime", "numpy")
SUMMARY = "Measures a real `zoo watch`: memory over millions of samples, cost beside a sensor, faults."
#: Samples of the soak, and seconds of the real time and of the broker's outage.
SAMPLES, QUICK_SAMPLES = 5_000_000, 300_000
IDLE_S, QUICK_IDLE_S = 60.0, 5.0
OUTAGE_S, QUICK_OUTAGE_S = 60.0, 3.0


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=SUMMARY)
    parser.add_argument("bundle", type=Path, nargs="?", default=Path("exported/bed-exit"), help="(exported/bed-exit)")
    parser.add_argument("--quick", action="store_true", help="short: to see that everything works")
    parser.add_argument("--samples", type=int, help=f"of the soak ({SAMPLES:,}, quick: {QUICK_SAMPLES:,})")
    parser.add_argument("--out", type=Path, help=f"folder to write to ({FULL}; {ASIDE} with --quick or --samples)")
    parser.add_argument("--redraw", action="store_true", help="write page and picture again from the folder's JSON")
    options = parser.parse_args(arguments)
    if options.samples is not None and options.samples < 100_000:
        parser.error(f"--samples: expected 100000 or more, got {options.samples}.")
    options.out = options.out or (ASIDE if options.quick or options.samples else FULL)
    options.samples = options.samples or (QUICK_SAMPLES if options.quick else SAMPLES)
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, or only draws again, and writes the three files; 1 if a fault went another way than it should."""
    options = parse(arguments)
    set_environment()
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # by a shell's &; the monitors would inherit that
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
        wrong.append("the soak")
    if wrong:
        note(f"Not as it should be: {', '.join(wrong)}.")
    return 1 if wrong else 0


def run(options: argparse.Namespace) -> Results:
    """Measures everything.

    Raises:
        ZooError: the bundle cannot stream.
    """
    from benchmarks.live.soak import idle, soak

    manifest = live_manifest(options.bundle)
    spec, quick = manifest.input, options.quick
    assert isinstance(spec, RecordingInput)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = about() | {"bundle": manifest.name, "settings": {"quick": quick, "cores": cores}}
    found["versions"] = {name: version for name, version in found["versions"].items() if name in RUNS_ON}
    note(f"soak: {options.samples:,} samples")
    soaked = soak(options.bundle, spec, options.samples, note)
    note("a sensor in real time")
    beside = idle(options.bundle, spec, QUICK_IDLE_S if quick else IDLE_S)
    note("faults")
    return Results(found, soaked, beside, faults(options.bundle, manifest, QUICK_OUTAGE_S if quick else OUTAGE_S))


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
    """What a bundle says of itself.

    Raises:
        ZooError: it is not for a live sensor.
    """
    runner = load(bundle)
    runner.stream()
    return runner.manifest


def write(results: Results, folder: Path) -> None:
    """Writes the numbers, the page and the picture, each whole or not at all."""
    with silenced():
        from benchmarks.live.picture import draw
        from benchmarks.live.report import page
    contents = {"md": page(results).encode(), "json": results.to_json().encode(), "png": draw(results)}
    write_files(contents, folder, "live")


if __name__ == "__main__":
    sys.exit(main())
