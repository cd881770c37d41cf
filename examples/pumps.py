"""Makes up recordings of water pumps that now and then run dry, to try out a recipe of one's own.

python examples/pumps.py pumps
"""

import csv
import sys
from pathlib import Path

import numpy as np

RATE_HZ = 10
#: State of a pump -> vibration in g and current in A.
LEVELS = {"off": (0.02, 0.0), "running": (0.30, 4.0), "dry": (0.50, 2.8)}


def record(path: Path, pump: str, random: np.random.Generator) -> None:
    """Writes one recording: a row per sample, with time, two channels, the pump's name and its state."""
    size = random.uniform(0.8, 1.2), random.uniform(0.9, 1.1)  # no two pumps are alike
    phases: list[tuple[str, float]] = []
    for _ in range(6):
        phases += [("off", random.uniform(5, 15)), ("running", random.uniform(15, 30))]
        if random.random() < 0.6:
            phases += [("dry", random.uniform(8, 15)), ("running", random.uniform(8, 15))]
    level, row = np.zeros(2), 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["time_s", "vibration", "current", "pump", "state"])
        for state, seconds in phases:
            for _ in range(round(seconds * RATE_HZ)):
                level += 0.15 * (np.multiply(LEVELS[state], size) - level)
                vibration, current = np.abs(level + random.normal(0, (0.04, 0.25)))
                writer.writerow([f"{row / RATE_HZ:.1f}", f"{vibration:.3f}", f"{current:.2f}", pump, state])
                row += 1


def main() -> int:
    """Writes 24 recordings of 12 pumps into a folder, and one of another pump beside it."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    for number in range(24):
        record(folder / f"{number:02}.csv", f"pump-{number // 2}", random)
    new = folder.parent / "new-pump.csv"
    record(new, "pump-12", random)
    print(f"Wrote 24 recordings of 12 pumps to {folder}/, and one of another pump to {new}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
