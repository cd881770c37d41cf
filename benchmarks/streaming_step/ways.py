"""The four ways to score one more sample."""

from collections.abc import Callable

import numpy as np

from benchmarks.quiet import silenced

FEATURES, UNITS, WINDOW, CHUNK = 9, 64, 128, 32


def contenders(cell: str) -> tuple[dict[str, Callable[[], object]], float]:
    """The four calls by name, and the largest difference between scores in steps and of the complete sequence."""
    with silenced():
        import keras
        from keras import layers as kl

        from zoo.core.manifest import Feature, Manifest, Output, RecordingInput, State, Streaming
        from zoo.edge.pieces import Pieces, beginning
        from zoo.exporter.lowering import lower
        from zoo.exporter.parity import opened

        keras.utils.set_random_seed(0)
        x = keras.Input((None, FEATURES), name="input")
        layer = getattr(kl, cell)
        inner = layer(UNITS, return_sequences=True)(layer(UNITS, return_sequences=True)(x))
        model = keras.Model(x, kl.Dense(1, "sigmoid", name="output")(inner))
        lowered = lower(model, streaming=True, outputs=["output"])
        session = opened(lowered.proto)
        states = (State(name, f"{name}.next", tuple(state.first.shape[1:])) for name, state in lowered.states.items())
        streaming = Streaming(tuple(states))
        source = RecordingInput(tuple(Feature(str(number)) for number in range(FEATURES)), 50.0)
        manifest = Manifest("step", "event-detection", "", "0" * 64, source, Output(("event",)), streaming=streaming)
    values = np.random.default_rng(0).standard_normal((4 * WINDOW, FEATURES)).astype(np.float32)
    pieces, checked = (Pieces(session, manifest, streaming, (manifest.input.width,)) for _ in range(2))
    stepped = np.concatenate([np.array(checked.run(values[n : n + 1])) for n in range(len(values))])
    checked.reset()
    difference = float(np.abs(stepped - checked.run(values)).max())
    sample, chunk, zeros = values[:1], values[:CHUNK], beginning(streaming, 1)
    window = {"input": values[None, :WINDOW], **zeros}
    ways: dict[str, Callable[[], object]] = {
        "step": lambda: pieces.run(sample),
        "plain": lambda: session.run(None, {"input": sample[None], **zeros}),
        "chunk": lambda: pieces.run(chunk),
        "window": lambda: session.run(["output"], window),
    }
    return ways, difference
