"""Proof that a file for streams computes the same however a recording is cut: in pieces, and as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.errors import ParityError
from zoo.core.provenance import PiecesFacts
from zoo.edge.sessions import Session
from zoo.exporter.cases import random_cases, real_cases
from zoo.exporter.lowering import Lowered

#: What pieces give may differ from what the whole gives by this much, or by this much of the value if that is over 1.
#: A layer that looks ahead differs by thousands of times that.
TOLERANCE = 1e-6
#: Lengths of random inputs, in shortest pieces; and of which longer inputs the beginning is taken.
LENGTHS, LONGEST = (2, 7, 33), 256


@dataclass(frozen=True)
class Pieces:
    """What was compared.

    Attributes:
        inputs: how many were cut.
        ways: in how many ways, all inputs together.
        largest: largest difference to the whole, of outputs and of the last states; of values over 1, relative.
    """

    inputs: int
    ways: int
    largest: float

    def __str__(self) -> str:
        """What a user is told."""
        return (
            f"Cut in {self.ways} ways, {self.inputs} inputs give in pieces what they give as a whole: largest "
            f"difference {self.largest:.2g}, allowed {TOLERANCE:g}."
        )

    def facts(self) -> PiecesFacts:
        """For the manifest, together with what was allowed."""
        return PiecesFacts(self.inputs, self.ways, self.largest, TOLERANCE)


def verify_pieces(session: Session, lowered: Lowered, rows: Sequence[np.ndarray] = ()) -> Pieces:
    """Runs the file on whole inputs and on their pieces, state by state.

    Args:
        session: the file, opened.
        lowered: what it was written from, for streams.
        rows: real inputs without the batch axis.

    Raises:
        ParityError: it gives something else in pieces.
    """
    random = np.random.default_rng(0)
    piece = lowered.piece or 1
    drawn = random_cases(lowered, ("full",), [piece * length for length in LENGTHS])
    cases = [case for case in (*drawn, *real_cases(lowered, rows)) if case.inputs[0].shape[1] >= 2 * piece]
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
                    f"model '{lowered.subject.model.name}': expected the same in pieces as in one within {TOLERANCE:g},"
                    f" got a difference of {difference:.3g} on {case.title}, cut at {cuts[:6].tolist()}. Some layer "
                    "looks ahead or counts steps. Nothing was written; export without streaming."
                )
    return Pieces(len(cases), ways, largest)


def zero_states(lowered: Lowered, batch: int) -> dict[str, np.ndarray]:
    """What a stream begins with, by the inputs' names."""
    return {
        name: np.zeros([batch if size is None else size for size in state.first.shape or ()], state.first.dtype)
        for name, state in lowered.states.items()
    }


def _ways(random: np.random.Generator, length: int, piece: int) -> Iterator[np.ndarray]:
    """Where to cut: everywhere, in the middle, and here and there."""
    places = np.arange(piece, length, piece)
    yield places
    yield places[len(places) // 2 :][:1]
    yield places[random.random(len(places)) < 0.2]


def _run(session: Session, lowered: Lowered, pieces: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Outputs over all pieces, one after the other, and the last states; by name."""
    name = lowered.subject.inputs[0].name
    states: Mapping[str, np.ndarray] = zero_states(lowered, len(pieces[0]))
    names = [port.name for port in session.get_outputs()]
    found: list[dict[str, np.ndarray]] = []
    for piece in pieces:
        found.append(dict(zip(names, session.run(names, {name: piece, **states}), strict=True)))
        states = {state: found[-1][f"{state}.next"] for state in states}
    kept = {f"{state}.next" for state in states}
    return {
        name: found[-1][name] if name in kept else np.concatenate([one[name] for one in found], 1) for name in names
    }


def _difference(got: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> float:
    """The largest; infinite where shapes differ, or one is NaN and the other is not."""
    largest = 0.0
    for name, other in expected.items():
        one = got[name]
        if one.shape != other.shape or (np.isnan(one) != np.isnan(other)).any():
            return float("inf")
        difference = np.abs(one - other) / np.maximum(1.0, np.abs(other))
        largest = max(largest, float(np.nanmax(difference, initial=0.0)))
    return largest
