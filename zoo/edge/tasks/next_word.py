"""Next-word prediction for a text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Integral

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.manifest import Manifest, Streaming
from zoo.edge import text
from zoo.edge.answers import WIDTH, Scored, finite, visible
from zoo.edge.inputs.kind import Contradiction
from zoo.edge.inputs.text import TEXT, parts_of
from zoo.edge.opened import Opened
from zoo.edge.pieces import Pieces
from zoo.edge.tasks.task import DeviceTask
from zoo.edge.text_stream import TextStream

#: Default number of words that are proposed.
TOP = 3

Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Proposals(Scored):
    """Proposals for the next word of a text.

    Attributes:
        label: the likeliest word.
        score: its probability.
        scores: the likeliest words -> probability, best first.
    """

    def lines(self, of: str) -> list[str]:
        """The end of the text, and the proposed words."""
        line = " ".join(visible(of).split())
        end = line if len(line) <= WIDTH else f"…{line[-WIDTH:]}"
        width = max(len(word) for word in self.scores)
        return [f"{end} …", *(f"  {word:<{width}}  {share:.3f}" for word, share in self.scores.items())]


def contradictions(manifest: Manifest) -> Iterator[Contradiction]:
    """Yields nothing: the tokeniser defines the meaning of the outputs."""
    yield from ()


def answer(opened: Opened, output: Probabilities, where: str, top: int | None = None) -> Proposals:
    """Answers output (time, vocabulary): probabilities of the word after each step."""
    return propose(opened, output[-1], top, where)


def how_many(opened: Opened, top: int | None = None) -> int:
    """The number of words to propose; refuses more than the model can propose."""
    most = parts_of(opened)[0].vocabulary - len(set(opened.manifest.output.never))
    count = min(TOP, most) if top is None else top
    if not isinstance(count, Integral) or not 1 <= count <= most:
        raise InputError(f"top: expected 1 to {most} words, got {count!r}.")
    return int(count)


def propose(opened: Opened, probabilities: Probabilities, top: int | None = None, where: str = "text") -> Proposals:
    """The likeliest words of (vocabulary,) probabilities."""
    _, tokenizer = parts_of(opened)
    ids, shares = _best(opened, probabilities, how_many(opened, top), where)
    scores = {tokenizer.token(int(id_)): float(p) for id_, p in zip(ids, shares, strict=True)}
    label = next(iter(scores))
    return Proposals(label, scores[label], scores)


def _best(
    opened: Opened, probabilities: Probabilities, top: int, where: str = "text"
) -> tuple[npt.NDArray[np.intp], Probabilities]:
    """The ids of the likeliest words, best first, and their probabilities."""
    last: Probabilities = np.array(finite(probabilities, where), np.float32)
    last[list(opened.manifest.output.never)] = -1.0
    best = np.argsort(-last, kind="stable")[:top]
    return best, last[best]


def stream(opened: Opened, pieces: Pieces, streaming: Streaming) -> TextStream:
    """Words in, proposals out."""
    return TextStream(pieces, opened, parts_of(opened), partial(how_many, opened), partial(propose, opened))


def complete(
    opened: Opened, run: Callable[[npt.ArrayLike], Probabilities], pieces: Pieces | None, start: str, words: int
) -> str:
    """Continues a text, always with the likeliest word."""
    spec, tokenizer = parts_of(opened)
    row: Sequence[int] = text.rows(tokenizer, [text.checked_text(start, "text")], spec)[0]
    text.check_row(row, spec, "text")
    added: list[int] = []
    for _ in range(words):
        if pieces is not None:  # one step per word, however long the text is
            last = pieces.run(np.asarray(added[-1:] or row, np.int32))[-1]
        else:
            last = run(np.asarray([[*row, *added][-spec.max_tokens :]], np.int32))[0, -1]
        added.append(int(_best(opened, last, 1)[0][0]))
    return text.attach_marks(f"{start.rstrip()} {tokenizer.decode(added)}")


NEXT_WORD = DeviceTask(
    name="next-word",
    reads=frozenset({TEXT.kind}),
    axes=3,
    uses=frozenset({"never"}),
    contradictions=contradictions,
    answer=answer,
    options=("top",),
    check=how_many,
    flags={"--top": "top"},
    flags_for="next-word models",
    stream=stream,
    complete=complete,
)
