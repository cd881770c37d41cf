"""Files measured beside each other in onnxruntime: how long a run takes, and how far the outputs lie apart."""

import statistics
import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from onnx import ModelProto, helper

from zoo.edge.sessions import Session

Feed = dict[str, np.ndarray]

#: Rounds of a comparison; seconds that a round gives each file at least; seconds after which no round is begun.
ROUNDS, ROUND_S, MOST_S = 25, 0.004, 4.0


def feed(proto: ModelProto, arrays: Sequence[np.ndarray]) -> Feed:
    """The arrays under the names of the graph's inputs, in order; inputs left over are states, and start at 0."""
    fed: Feed = {}
    for number, info in enumerate(proto.graph.input):
        tensor = info.type.tensor_type
        sizes = [size.dim_value or len(arrays[0]) for size in tensor.shape.dim]
        array = arrays[number] if number < len(arrays) else np.zeros(sizes)
        fed[info.name] = np.ascontiguousarray(array, helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    return fed


def latencies(sessions: Mapping[str, Session], feed: Feed) -> dict[str, float]:
    """Milliseconds a run takes, by session: the median of rounds in which each has its turn, so that none has luck."""
    start = time.perf_counter()
    for session in sessions.values():  # the first run of a session allocates its memory
        session.run(None, feed)
    slowest = max(_seconds(session, feed, 1) for session in sessions.values())
    runs = max(1, round(ROUND_S / max(slowest, 1e-6)))
    found: dict[str, list[float]] = {name: [] for name in sessions}
    for number in range(ROUNDS):
        if number >= 3 and time.perf_counter() - start > MOST_S:
            break
        for name, session in sessions.items():
            found[name].append(_seconds(session, feed, runs))
    return {name: 1000 * statistics.median(seconds) for name, seconds in found.items()}


def change(reference: Session, other: Session, feeds: Iterable[Feed]) -> float:
    """The largest difference of any output, as a share of that output's range over all the inputs.

    Infinite if an output that never varies does, or if a number becomes NaN.
    """
    pairs = [(reference.run(None, feed), other.run(None, feed)) for feed in feeds]
    largest = 0.0
    for output in range(len(pairs[0][0])):
        expected = np.concatenate([np.ravel(one[output]).astype(np.float64) for one, _ in pairs])
        got = np.concatenate([np.ravel(two[output]).astype(np.float64) for _, two in pairs])
        apart = np.where(np.isnan(expected) & np.isnan(got), 0, np.abs(got - expected))
        most = float(np.nan_to_num(apart, nan=np.inf).max(initial=0))
        spread = float(np.ptp(expected[np.isfinite(expected)])) if np.isfinite(expected).any() else 0.0
        largest = max(largest, 0.0 if most == 0 else most / spread if spread > 0 else np.inf)
    return largest


def _seconds(session: Session, feed: Feed, runs: int) -> float:
    start = time.perf_counter()
    for _ in range(runs):
        session.run(None, feed)
    return (time.perf_counter() - start) / runs
