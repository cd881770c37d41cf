"""Draws the pictures of the tutorial "What recurrent networks are" from measurements of small networks.

    python docs/tutorials/recurrent_networks.py

writes six PNG files to `docs/tutorials/pictures/`. All weights and inputs come from fixed seeds, all networks are
Keras's own. Arrays are (batch, time, features); gates and states have the letters that Keras and ONNX give them.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers as kl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

PICTURES = Path(__file__).with_name("pictures")

#: Colours that all eyes tell apart (Okabe & Ito, Color Universal Design, 2008).
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#767676"
#: Name of a layer in Keras -> its colour.
CELLS = {"SimpleRNN": ORANGE, "LSTM": GREEN, "GRU": BLUE}

#: Steps between the bit that is to be remembered and the answer.
DELAYS = (10, 20, 40, 80, 160)
#: Training of the memory task: steps, sequences in each, and the network's size.
STEPS, BATCH, UNITS = 200, 64, 16


# --- measurements ---


def memory_task(random: np.random.Generator, count: int, delay: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of random bits, of which the first one is the answer.

    Returns:
        (count, delay + 1, 2): a bit of -1 or 1, and a mark that is 1 at the first step; and (count, 1), 1 where the
        first bit was 1.
    """
    x = np.zeros((count, delay + 1, 2), np.float32)
    x[:, :, 0] = random.choice([-1, 1], x.shape[:2])
    x[:, 0, 1] = 1
    return x, (x[:, 0, :1] > 0).astype(np.float32)


def network(cell: str, units: int, memory: float | None = None) -> keras.Model:
    """One recurrent layer and a probability at the end.

    Args:
        cell: a key of `CELLS`.
        units: of the layer.
        memory: steps after which a gated cell has forgotten at first; None: as Keras begins.
    """
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((None, 2)), getattr(kl, cell)(units), kl.Dense(1, "sigmoid")])
    if memory is not None:
        keep_at_first(model.layers[0], memory)
    return model


def keep_at_first(layer: keras.Layer, steps: float) -> None:
    """Sets biases so that a new gated layer keeps its state for about `steps` steps.

    Tallec & Ollivier, https://arxiv.org/abs/1804.11188: a bias of log(T) on the gate that keeps, -log(T) on the one
    that lets in.
    """
    kernel, recurrent_kernel, bias = layer.get_weights()
    if isinstance(layer, kl.LSTM):  # gates i f c o
        bias[: layer.units], bias[layer.units : 2 * layer.units] = -np.log(steps), np.log(steps)
    else:  # gates z r h
        bias[0, : layer.units] = np.log(steps)
    layer.set_weights([kernel, recurrent_kernel, bias])


def accuracy(cell: str, delay: int, *, prepared: bool) -> float:
    """What a network has learnt of the memory task after `STEPS` steps of training, on new sequences.

    Args:
        cell: a key of `CELLS`.
        delay: of the task.
        prepared: whether its gates keep the state for that long at first.
    """
    model, random = network(cell, UNITS, delay if prepared else None), np.random.default_rng(0)
    model.compile(keras.optimizers.Adam(1e-2, clipnorm=1.0), "binary_crossentropy", metrics=["accuracy"])
    model.fit(*memory_task(random, STEPS * BATCH, delay), batch_size=BATCH, verbose=0)
    return float(model.evaluate(*memory_task(random, 1000, delay), verbose=0)[1])


def input_gradients(layer: keras.Layer, x: np.ndarray) -> np.ndarray:
    """(time,) how much each step of the input moves the last output: the mean norm of its gradient."""
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = tf.reduce_sum(layer(inputs)[:, 0])
    return np.linalg.norm(tape.gradient(total, inputs).numpy(), axis=-1).mean(0)


def influence(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """(outputs, inputs) norm of the gradient of each output step with respect to each input step; `x` has one row."""
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = tf.reduce_sum(model(inputs)[0], -1)
    return np.linalg.norm(tape.jacobian(outputs, inputs).numpy()[:, 0], axis=-1)


def gates_of(layer: keras.layers.GRU, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(time, units) update gate z and state h of a GRU that reads (time, features), from its equations."""
    kernel, recurrent_kernel, (bias, recurrent_bias) = (np.float64(weight) for weight in layer.get_weights())
    h, gates, states = np.zeros(layer.units), [], []
    for step in x:
        x_z, x_r, x_h = np.split(step @ kernel + bias, 3)
        h_z, h_r, h_h = np.split(h @ recurrent_kernel + recurrent_bias, 3)
        z, r = 1 / (1 + np.exp(-(x_z + h_z))), 1 / (1 + np.exp(-(x_r + h_r)))
        h = z * h + (1 - z) * np.tanh(x_h + r * h_h)
        gates.append(z)
        states.append(h)
    return np.stack(gates), np.stack(states)


def sample_and_hold(random: np.random.Generator, count: int, time: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of random values, some marked; the target at each step is the last marked value.

    Returns:
        (count, time, 2): a value from -0.8 to 0.8, and a mark; and (count, time, 1), 0 before the first mark.
    """
    x = np.stack([random.uniform(-0.8, 0.8, (count, time)), random.random((count, time)) < 0.1], -1)
    y = np.zeros((count, time, 1))
    for step in range(time):
        held = y[:, step - 1, 0] if step else 0.0
        y[:, step, 0] = np.where(x[:, step, 1] > 0, x[:, step, 0], held)
    return x.astype(np.float32), y.astype(np.float32)


def trained_to_hold() -> keras.layers.GRU:
    """A GRU of one unit that has learnt to sample and hold."""
    keras.utils.set_random_seed(0)
    layer = kl.GRU(1, return_sequences=True)
    model = keras.Sequential([keras.Input((None, 2)), layer])
    model.compile(keras.optimizers.Adam(2e-2), "mse")
    model.fit(*sample_and_hold(np.random.default_rng(0), 600 * BATCH, 40), batch_size=BATCH, verbose=0)
    return layer


# --- pictures ---


def unfolding() -> Figure:
    """A recurrent layer as a loop, and the same one unfolded over four steps."""
    figure, axes = _figure(8.4, 2.9)
    axes.set(xlim=(0, 12.2), ylim=(0, 4))
    axes.axis("off")
    _step(axes, 1.4, "x_t", "h_t")
    axes.plot([1.4, 0.2, 0.2], [2.85, 2.85, 2.0], color="black", linewidth=1)
    _arrow(axes, (0.2, 2.0), (0.75, 2.0))
    axes.text(0.05, 3.0, "$U$", color=ORANGE)
    axes.text(2.9, 2.0, "=", ha="center", va="center", fontsize=18)
    axes.text(3.75, 2.0, "$h_0$", ha="center", va="center")
    for number in range(1, 5):
        place = 3.2 + 2 * number
        _step(axes, place, f"x_{number}", f"h_{number}")
        _arrow(axes, (place - 1.3 if number > 1 else 4.05, 2.0), (place - 0.65, 2.0))
        axes.text(place - 1.0, 2.2, "$U$", ha="center", color=ORANGE)
    return figure


def gradients() -> Figure:
    """How far back the gradient reaches: plain recurrences of three gains, and three cells."""
    figure, (left, right) = _figure(8.4, 3.5, columns=2)
    time, random = 60, np.random.default_rng(0)
    back = np.arange(time)[::-1]
    quiet = np.float32(1e-6 * random.standard_normal((32, time, 2)))
    for gain, color in ((1.1, ORANGE), (1.0, GREY), (0.9, BLUE)):
        keras.utils.set_random_seed(0)
        layer = kl.SimpleRNN(UNITS, recurrent_initializer=keras.initializers.Orthogonal(gain))
        left.plot(back, input_gradients(layer, quiet), color=color, label=f"$U$ scales by {gain:.1f}")
    bits, _ = memory_task(random, 32, time - 1)
    for cell, color in CELLS.items():
        right.plot(back, input_gradients(network(cell, UNITS).layers[0], bits), color=color, label=cell)
    for cell in ("LSTM", "GRU"):
        layer = network(cell, UNITS, memory=time).layers[0]
        right.plot(back, input_gradients(layer, bits), "--", color=CELLS[cell], label=f"{cell}, gates keep")
    left.set(title="plain recurrence, near 0", ylabel="gradient norm")
    right.set(title="three cells of Keras, untrained")
    for axes in (left, right):
        axes.set(yscale="log", ylim=(1e-13, 1e4), xlabel="steps back from the last one", xlim=(0, time - 1))
        axes.legend(fontsize=8, frameon=False, loc="lower left")
    return figure


def memory() -> Figure:
    """What each cell remembers over growing delays after the same number of training steps."""
    figure, axes = _figure(7.0, 3.5)
    for cell, color in CELLS.items():
        for prepared in (False, True)[: 1 if cell == "SimpleRNN" else 2]:
            label = f"{cell}, gates keep at first" if prepared else cell
            shares = [accuracy(cell, delay, prepared=prepared) for delay in DELAYS]
            print(f"{label}: " + ", ".join(f"{share:.2f} at {d}" for d, share in zip(DELAYS, shares, strict=True)))
            size = 9 if prepared and cell == "LSTM" else 4  # these two lie on each other
            axes.plot(DELAYS, shares, "--s" if prepared else "-o", color=color, markersize=size, label=label)
    axes.axhline(0.5, color=GREY, linewidth=0.8)
    axes.text(DELAYS[0], 0.51, "guessing", color=GREY, fontsize=8)
    axes.set(xscale="log", xticks=DELAYS, xticklabels=DELAYS, ylim=(0.4, 1.03))
    axes.minorticks_off()
    axes.set(xlabel="delay, in time steps", ylabel="accuracy on new sequences")
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def gates() -> Figure:
    """A GRU of one unit that samples and holds: its input, its update gate and its state."""
    layer = trained_to_hold()
    (x,), (target,) = sample_and_hold(np.random.default_rng(3), 1, 60)
    z, h = gates_of(layer, x)
    np.testing.assert_allclose(h, np.asarray(layer(x[None]))[0], atol=1e-5)  # the equations are Keras's
    figure, (top, middle, bottom) = _figure(7.0, 4.4, rows=3)
    steps, marked = np.arange(len(x)), x[:, 1] > 0
    top.plot(steps, x[:, 0], ".", color=GREY, markersize=4, label="value")
    top.plot(steps[marked], x[marked, 0], "o", color=ORANGE, label="marked value")
    middle.step(steps, z[:, 0], where="mid", color=BLUE)
    bottom.step(steps, target[:, 0], where="mid", color=ORANGE, linewidth=4, alpha=0.35, label="target")
    bottom.step(steps, h[:, 0], where="mid", color=BLUE, label="state $h_t$")
    top.set(ylabel="input", ylim=(-1, 1))
    middle.set(ylabel="update gate $z_t$", ylim=(-0.05, 1.05))
    bottom.set(ylabel="output", ylim=(-1, 1), xlabel="time step")
    for axes in (top, bottom):
        axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    for axes in (top, middle):
        axes.tick_params(labelbottom=False)
    return figure


def masks() -> Figure:
    """A unit of a GRU that reads the same eight ids alone, with padding, and with padding that is masked."""
    ids = np.random.default_rng(0).integers(1, 50, (1, 8))
    padded = np.pad(ids, ((0, 0), (0, 24)))
    figure, axes = _figure(7.0, 2.9)
    for label, row, masked, style in (
        ("padded, not masked", padded, False, {"color": ORANGE}),
        ("padded, masked", padded, True, {"color": BLUE}),
        ("alone", ids, False, {"color": GREY, "marker": "o", "linestyle": ""}),
    ):
        keras.utils.set_random_seed(0)
        embedding = kl.Embedding(50, 8, keras.initializers.RandomNormal(stddev=1), mask_zero=masked)
        states = keras.Sequential([embedding, kl.GRU(UNITS, return_sequences=True)])(row)[0, :, 0]
        axes.plot(range(1, row.shape[1] + 1), np.asarray(states), label=label, **style)
    axes.axvspan(8.5, 32.5, color=GREY, alpha=0.12, linewidth=0)
    axes.text(20.5, axes.get_ylim()[1], "padding", ha="center", va="bottom", fontsize=8, color=GREY)
    axes.set(xlabel="time step", ylabel="one unit of the state", xlim=(0.5, 32.5))
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def causality() -> Figure:
    """Which input steps each output step depends on: a causal model, and a bidirectional one."""
    time = 24
    x = np.random.default_rng(0).standard_normal((1, time, 3)).astype(np.float32)
    models = {
        "causal: Conv1D, GRU": lambda: [
            kl.Conv1D(8, 5, padding="causal", activation="tanh"),
            kl.GRU(8, return_sequences=True),
        ],
        "Bidirectional GRU": lambda: [kl.Bidirectional(kl.GRU(8, return_sequences=True))],
    }
    figure, panels = _figure(7.4, 3.7, columns=2)
    for axes, (title, layers) in zip(panels, models.items(), strict=True):
        keras.utils.set_random_seed(0)  # before the layers are made: their initializers draw from it
        matrix = influence(keras.Sequential([keras.Input((None, 3)), *layers()]), x)
        image = axes.imshow(np.log10(np.maximum(matrix, 1e-12)), cmap="viridis", vmin=-5, vmax=0)
        axes.set(title=title, xlabel="input step", xticks=range(0, time, 4), yticks=range(0, time, 4))
        axes.spines[["top", "right"]].set_visible(True)
    panels[0].set_ylabel("output step")
    figure.colorbar(image, ax=panels, label="log10 of the gradient", shrink=0.85, extend="min")
    return figure


#: Name of a file -> what draws it.
FIGURES: dict[str, Callable[[], Figure]] = {
    "unfolding": unfolding,
    "gradients": gradients,
    "memory": memory,
    "gates": gates,
    "masks": masks,
    "causality": causality,
}


def _figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Figure, Axes]:
    """An opaque white figure of so many inches, and its axes."""
    figure = Figure((width, height), dpi=110, facecolor="white", layout="constrained")
    axes = figure.subplots(rows, columns)
    for one in np.ravel(axes):
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _step(axes: Axes, place: float, input_name: str, output_name: str) -> None:
    """One time step of a network: a box with its input below and its output above."""
    axes.add_patch(FancyBboxPatch((place - 0.55, 1.6), 1.1, 0.8, "round,pad=0.1", facecolor="#e8f1f8", edgecolor=BLUE))
    axes.text(place, 2.0, "cell", ha="center", va="center")
    _arrow(axes, (place, 0.65), (place, 1.5))
    _arrow(axes, (place, 2.5), (place, 3.3))
    axes.text(place + 0.15, 0.95, "$W$", color=ORANGE)
    axes.text(place, 0.3, f"${input_name}$", ha="center", va="center")
    axes.text(place, 3.55, f"${output_name}$", ha="center", va="center")


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=12, shrinkA=0, shrinkB=0))


def main() -> None:
    """Draws the pictures that are asked for, all of them by default."""
    parser = argparse.ArgumentParser(description="Draws the pictures of the tutorial on recurrent networks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(FIGURES)}; all if not given")
    parser.add_argument("--out", type=Path, default=PICTURES, help="folder to write to (default: %(default)s)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names or FIGURES:
        file = options.out / f"{name}.png"
        FIGURES[name]().savefig(file, metadata={"Software": None})
        print(f"{os.path.relpath(file)}: {file.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
