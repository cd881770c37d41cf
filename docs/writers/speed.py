"""The measured figures that the README quotes, each row from the numbers of one page."""

from benchmarks.live.results import from_json as live_results
from benchmarks.tables import digits
from benchmarks.training_speed.results import from_json as training_results
from docs.writers.files import MEASURED, figures


def speed_table() -> str:
    """A row for each measured promise: what, how much, and the page that tells how it was measured."""
    rows = [
        ("Inference in onnxruntime, compared with Keras's own export", _inference(), "export_latency"),
        ("A training step on one CPU core, compared with Keras", _training(), "training_speed"),
        ("One more sample through a stream, two layers of 64", _step(), "streaming_step"),
        ("`zoo watch` beside a sensor of 50 Hz", _watch(), "live"),
        ("The base install, for a device", _install(), "footprint"),
    ]
    head = "| | Measured |\n|---|---|"
    return "\n".join([head, *(f"| {what} | [{much}](docs/measured/{page}.md) |" for what, much, page in rows)])


def _times(ratios: list[float]) -> str:
    least, most = digits(min(ratios)), digits(max(ratios))
    return f"{least} to {most}" if least != most else least


def _inference() -> str:
    rows = [
        one for one in figures("export_latency")["measurements"] if one["contender"] == "keras" and one["batch"] == 1
    ]
    names = {"gru": "GRU", "lstm": "LSTM", "rnn": "SimpleRNN"}
    ratios = {name: [one["ratio"] for one in rows if one["cell"] == cell] for cell, name in names.items()}
    return ", ".join(f"{name} {_times(values)} times faster" for name, values in ratios.items())


def _training() -> str:
    rates = {
        (one.workload, one.cell, one.contender): one
        for one in training_results((MEASURED / "training_speed.json").read_text("utf-8")).measurements
    }
    ratios = [
        one.times_as_fast_as(rates[workload, cell, "keras"]).median
        for (workload, cell, name), one in rates.items()
        if name == "zoo"
    ]
    return f"{_times(ratios)} times faster"


def _step() -> str:
    cells = figures("streaming_step")["cells"]
    steps = [1e6 * cell["step"][0] for cell in cells]
    ratios = _times([cell["ratio"][0] for cell in cells])
    return f"{min(steps):.0f} to {max(steps):.0f} µs, {ratios} times less than the last 128 samples again"


def _watch() -> str:
    results = live_results((MEASURED / "live.json").read_text("utf-8"))
    warm = results.soak.settled
    memory = f"{min(warm):.1f} to {max(warm):.1f} MB over {results.soak.samples:,} samples"
    return f"{results.idle.cpu_percent:.1f} % of a core; {memory}"


def _install() -> str:
    newest = figures("footprint")["pythons"][-1]
    started = newest["started"]
    memory = f"{started['import_bytes'] / 1e6:.0f} MB of memory"
    return (
        f"{newest['added_bytes'] / 1e6:.0f} MB on disk; `import zoo.edge` takes {started['import_s']:.2f} s, {memory}"
    )
