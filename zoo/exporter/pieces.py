"""Verifies that a file for streams computes the same on complete inputs and on pieces of any length."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.errors import ParityError
from zoo.core.provenance import PiecesFacts
from zoo.edge.sessions import Session
from zoo.exporter.cases import random_cases, real_cases
from zoo.exporter.lowering import Lowered

#: Largest difference allowed between pieces and the complete input: absolute, or relative for values over 1.
#: A layer that looks ahead differs by thousands of times as much.
TOLERANCE = 1e-6
#: Lengths of the random inputs, and the length to which longer inputs are cut, both in shortest pieces.
LENGTHS, LONGEST = (2, 7, 33), 256


@dataclass(frozen=True)
class Pieces:
    """The result of the comparison.

    Attributes:
        inputs: number of inputs that were cut.
        ways: number of ways in which they were cut, over all inputs.
        largest: largest difference from the complete input, in outputs and final states; relative for values over 1.
    """

    inputs: int
    ways: int
    largest: float

    def __str__(self) -> str:
        """The summary shown to users."""
        return (
            f"{self.inputs} inputs, cut into pieces in {self.ways} ways, give the same outputs as uncut: largest "
            f"difference {self.largest:.2g}, allowed {TOLERANCE:g}."
        )

    def facts(self) -> PiecesFacts:
        """The manifest's entry, with the tolerance."""
        return PiecesFacts(self.inputs, self.ways, self.largest, TOLERANCE)


def verify_pieces(session: Session, lowered: Lowered, rows: Sequence[np.ndarray] = ()) -> Pieces:
    """Runs the file on complete inputs and on their pieces, passing the states from piece to piece.

    Args:
        session: the opened file.
        lowered: the model for streams from which the file was written.
        rows: real inputs without the batch axis.

    Raises:
        ParityError: the pieces give other outputs than the complete input.
    """
    random = np.random.default_rng(0)
    piece = lowered.piece or 1
    random_inputs = random_cases(lowered, ("full",), [piece * length for length in LENGTHS])
    cases = [case for case in (*random_inputs, *real_cases(lowered, rows)) if case.inputs[0].shape[1] >= 2 * piece]
    largest, ways = 0.0, 0
    for case in cases:
        length = min(case.inputs[0].shape[1] // piece, LONGEST) * piece
        whole = case.inputs[0][:, :length]
        expected = _run(session, lowered, [whole])
        for cuts in _ways(random, length, piece):
            difference = _difference(_run(session, lowered, np.split(whole, cuts, 1)), expected)
            largest, ways = max(largest, difference), ways + 1
            if not difference <= TOLERANCE:
                raise ParityError(
                    f"model '{lowered.subject.model.name}': expected the same outputs in pieces as uncut within "
                    f"{TOLERANCE:g}, got a difference of {difference:.3g} on {case.title}, cut at {cuts[:6].tolist()}. "
                    "Some layer looks ahead, looks back without a state, or counts steps. Nothing was written; export "
                    "without streaming."
                )
    return Pieces(len(cases), ways, largest)


def zero_states(lowered: Lowered, batch: int) -> dict[str, np.ndarray]:
    """The initial states of a stream, by the names of their inputs."""
    return {
        name: np.zeros([batch if size is None else size for size in state.first.shape or ()], state.first.dtype)
        for name, state in lowered.states.items()
    }


def _ways(random: np.random.Generator, length: int, piece: int) -> Iterator[np.ndarray]:
    """Positions of the cuts: everywhere, in the middle, and at random."""
    positions = np.arange(piece, length, piece)
    yield positions
    yield positions[len(positions) // 2 :][:1]
    yield positions[random.random(len(positions)) < 0.2]


def _run(session: Session, lowered: Lowered, pieces: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Outputs concatenated over all pieces, and the final states; by name."""
    name = lowered.subject.inputs[0].name
    states: Mapping[str, np.ndarray] = zero_states(lowered, len(pieces[0]))
    names = [port.name for port in session.get_outputs()]
    results: list[dict[str, np.ndarray]] = []
    for piece in pieces:
        results.append(dict(zip(names, session.run(names, {name: piece, **states}), strict=True)))
        states = {state: results[-1][f"{state}.next"] for state in states}
    kept = {f"{state}.next" for state in states}
    return {
        name: results[-1][name] if name in kept else np.concatenate([result[name] for result in results], 1)
        for name in names
    }


def _difference(got: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> float:
    """The largest difference; infinite if shapes differ, or if only one of two values is NaN."""
    largest = 0.0
    for name, reference in expected.items():
        array = got[name]
        if array.shape != reference.shape or (np.isnan(array) != np.isnan(reference)).any():
            return float("inf")
        difference = np.abs(array - reference) / np.maximum(1.0, np.abs(reference))
        largest = max(largest, float(np.nanmax(difference, initial=0.0)))
    return largest
